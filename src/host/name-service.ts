import { lookup } from "node:dns/promises";

/** An address of a host by its name, as this machine's resolver (getaddrinfo(3)) answers; an address is its own. */
export type Resolve = (host: string) => Promise<string>;

/** @throws the resolver's error, with its `code`, e.g. ENOTFOUND. */
export const resolve: Resolve = async (host) => (await lookup(host)).address;
