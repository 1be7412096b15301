/**
 * The guest's /init: mounts, modules, then the guest agent in the foreground as process 1's child.
 * Addresses and everything else come later, through the agent, from the testbed.
 */
export function guestInit(modules: readonly string[]): string {
  return `#!/bin/sh
export PATH=/usr/sbin:/usr/bin
busybox mkdir -p /dev /proc /sys /run /tmp
busybox mount -t devtmpfs dev /dev
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t tmpfs -o size=95% tmpfs /run
for module in ${modules.join(" ")}; do
  busybox modprobe -q $module
done
ip link set lo up
# udev would make /dev/virtio-ports; the port's own name is the same thing.
for port in /sys/class/virtio-ports/*; do
  if [ "$(busybox cat $port/name)" = org.qemu.guest_agent.0 ]; then
    agent=/dev/$(busybox basename $port)
  fi
done
while :; do
  qemu-ga --method=virtio-serial --path=$agent --statedir=/run --pidfile=/run/qemu-ga.pid
  echo "qemu-ga ended with $?" > /dev/console
  busybox sleep 1
done
`;
}
