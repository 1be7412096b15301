/** What `make` makes at once, files, sockets or a child with this umask, is its owner's alone from the first moment. */
export function forOwnerOnly<T>(make: () => T): T {
  const before = process.umask(0o077);
  try {
    return make();
  } finally {
    process.umask(before);
  }
}
