import { addressFrom, addressText, broadcastOf, prefixOf } from "./prefix.js";

/**
 * The address a VM takes beside a device: the next odd one (thesis 3.2.1.1).
 *
 * @param length of the prefix that both are in; the thesis's networks are /24.
 * @throws RangeError when the prefix holds no odd address after it: its last one is the broadcast address.
 */
export function nextOddAddress(deviceAddress: string, length = 24): string {
  const device = addressFrom(deviceAddress);
  const next = device + (device % 2 === 0 ? 1 : 2);
  if (next >= broadcastOf(prefixOf(device, length))) {
    throw new RangeError(`no odd address is left after ${deviceAddress} in its /${length}`);
  }
  return addressText(next);
}
