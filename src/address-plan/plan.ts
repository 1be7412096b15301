import { validate } from "../experiment/mistakes.js";
import { readYaml } from "../experiment/source-file.js";
import { type Path, refuseMistakes, type YamlSource } from "../experiment/yaml-source.js";
import { Failure } from "../failure.js";
import { nextOddAddress } from "./next-odd-address.js";
import {
  addressFrom,
  addressText,
  contains,
  overlap,
  type Prefix,
  prefixFrom,
  prefixText,
} from "./prefix.js";
import { addressPlanSchema, type WrittenPlan } from "./schema.js";

/** A device and its VM, side by side in one cloudlet's LAN. */
export interface AddressPair {
  readonly device: number;
  readonly vm: number;
}

export interface PlannedCloudlet {
  readonly name: string;
  readonly prefix: Prefix;
  /** The cloudlet itself: the first host of its LAN. */
  readonly gateway: number;
  readonly reserved: ReadonlySet<number>;
  /** Pairs that have their addresses already. */
  readonly pairs: readonly AddressPair[];
}

export interface AddressPlan {
  readonly title: string;
  readonly cloudlets: readonly PlannedCloudlet[];
}

/**
 * Reads an address plan.
 *
 * @throws Failure (usage) that lists every mistake with its place: prefixes that overlap, an even address for a VM,
 *   an address outside its LAN or given twice.
 */
export async function readAddressPlan(path: string): Promise<AddressPlan> {
  const source = await readYaml(path);
  const written = validate(addressPlanSchema, source.value, source);
  const plan = planned(written);
  refuseMistakes([
    ...namedTwice(plan, source),
    ...overlaps(plan, source),
    ...written.cloudlets.flatMap((cloudlet, index) => mistakesOf(cloudlet, index, source)),
  ]);
  return plan;
}

function planned({ title, cloudlets }: WrittenPlan): AddressPlan {
  return {
    title,
    cloudlets: cloudlets.map(({ name, prefix: text, reserved, vms }) => {
      const prefix = prefixFrom(text);
      return {
        name,
        prefix,
        gateway: prefix.network + 1,
        reserved: new Set(reserved.map(addressFrom)),
        pairs: vms.map(({ device, vm }) => ({ device: addressFrom(device), vm: addressFrom(vm) })),
      };
    }),
  };
}

function namedTwice({ cloudlets }: AddressPlan, source: YamlSource): (() => Failure)[] {
  const names = cloudlets.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [mistake(source, ["cloudlets", index, "name"], `${name} is named twice`, "name each cloudlet once")],
  );
}

/** The location identifier tells cloudlets apart by prefix alone (thesis 3.4.3). */
function overlaps({ cloudlets }: AddressPlan, source: YamlSource): (() => Failure)[] {
  return cloudlets.flatMap((cloudlet, index) => {
    const other = cloudlets.slice(0, index).find(({ prefix }) => overlap(prefix, cloudlet.prefix));
    if (other === undefined) return [];
    return [
      mistake(
        source,
        ["cloudlets", index, "prefix"],
        `${prefixText(cloudlet.prefix)} overlaps ${prefixText(other.prefix)} of ${other.name}`,
        "give every cloudlet of a VPN a network of its own",
      ),
    ];
  });
}

function mistakesOf(
  { prefix: text, reserved, vms }: WrittenPlan["cloudlets"][number],
  index: number,
  source: YamlSource,
): (() => Failure)[] {
  const prefix = prefixFrom(text);
  const at = (...path: Path): Path => ["cloudlets", index, ...path];
  const outside = (address: string, path: Path) =>
    contains(prefix, addressFrom(address))
      ? []
      : [mistake(source, path, `${address} is not in ${text}`, `write an address of ${text}`)];
  // The network's own address is even, and the odd one next to it the cloudlet's.
  const seen = new Set([addressText(prefix.network), addressText(prefix.network + 1)]);
  return [
    ...reserved.flatMap((address, each) => outside(address, at("reserved", each))),
    ...vms.flatMap(({ device, vm }, each) => {
      const placeOf = (key: string): Path => at("vms", each, key);
      const place = outside(device, placeOf("device"));
      if (place.length > 0) return place;
      if (addressFrom(device) % 2 === 1) {
        const even = addressText(addressFrom(device) - 1);
        return [
          mistake(source, placeOf("device"), `${device} is odd`, `devices have even addresses: ${even}`),
        ];
      }
      const next = nextOdd(device, prefix.length);
      if (next === undefined) {
        return [
          mistake(source, placeOf("device"), `no odd address follows ${device} in ${text}`, "a lower one"),
        ];
      }
      if (vm !== next) {
        const wrong = addressFrom(vm) % 2 === 0 ? `${vm} is even` : `${vm} is not the next after ${device}`;
        return [
          mistake(source, placeOf("vm"), wrong, `the VM of ${device} has the next odd address: ${next}`),
        ];
      }
      const given = [device, vm].find((address) => seen.has(address) || reserved.includes(address));
      seen.add(device).add(vm);
      return given === undefined
        ? []
        : [mistake(source, placeOf("device"), `${given} is given already`, "give each address once")];
    }),
  ];
}

function nextOdd(device: string, length: number): string | undefined {
  try {
    return nextOddAddress(device, length);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const mistake =
  (source: YamlSource, path: Path, message: string, mend: string): (() => Failure) =>
  () =>
    new Failure(message, { kind: "usage", place: source.placeOf(path), mend });
