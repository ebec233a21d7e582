import type { DiskRule } from '../resources/configuration.js';
import { shellWord } from './filters.js';

/**
 * POSIX shell that defines `pick_disks`: it prints the devices that one or two rules pick, or fails and says why. It
 * wants /sys, udevadm, and the tools of busybox, so Debian's installer can run it as well as Anaconda.
 *
 * Candidates are the whole disks of the machine (block devices with a driver's device behind them, so no loop, RAM or
 * device-mapper devices) that can be written, hold something, and are not removable unless their path is said.
 */
export function pickDisksScript([first, second]: readonly DiskRule[]): string {
  const other =
    second &&
    `  second=$(pick_disk ${rule(second)} "$first")
  [ -n "$second" ] || { echo 'serabut: no second disk fits storage.otherDisk' >&2; return 1; }
`;
  return `pick_disk() { # PATH SERIAL KIND LEAST-SECTORS ORDER TAKEN: the device of the disk that fits
  for dir in "\${SYS_BLOCK:-/sys/block}"/*; do
    name=\${dir##*/}
    dev=/dev/$(echo "$name" | tr '!' '/')
    [ -e "$dir/device" ] && [ "$dev" != "$6" ] && [ "$(cat "$dir/ro")" = 0 ] || continue
    [ "$(cat "$dir/hidden" 2> /dev/null)" != 1 ] || continue
    case $name in mmcblk*boot*|mmcblk*rpmb*) continue ;; esac
    sectors=$(cat "$dir/size")
    [ "$sectors" -gt 0 ] && [ "$sectors" -ge "$4" ] || continue
    if [ -n "$1" ]; then [ "$(readlink -f "$1")" = "$dev" ] || continue
    else [ "$(cat "$dir/removable")" = 0 ] || continue; fi
    if [ -n "$2" ]; then udevadm info -q property -n "$dev" | grep '^ID_SERIAL=' | grep -qF -e "$2" || continue; fi
    rotational=$(cat "$dir/queue/rotational")
    case $3 in
      nvme) case $name in nvme*) ;; *) continue ;; esac ;;
      ssd) [ "$rotational" = 0 ] || continue ;;
      hdd) [ "$rotational" = 1 ] || continue ;;
    esac
    echo "$sectors $dev"
  done | sort -k "1,1n$5" -k 2,2 | head -n 1 | cut -d ' ' -f 2
}
pick_disks() {
  first=$(pick_disk ${first === undefined ? '' : rule(first)} '')
  [ -n "$first" ] || { echo 'serabut: no disk fits storage.disk' >&2; return 1; }
${other ?? ''}  echo "$first"${other === undefined ? '' : ' "$second"'}
}`;
}

/** A rule as arguments of `pick_disk`. */
function rule({ path, serial, kind, atLeastGB, size }: DiskRule): string {
  const sectors = Math.ceil(((atLeastGB ?? 0) * 1e9) / 512);
  const order = size === 'largest' ? 'r' : '';
  return [path, serial, kind, sectors, order].map((value) => shellWord(value ?? '')).join(' ');
}
