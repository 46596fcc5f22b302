/**
 * Says whether this machine can run the kernel tests, and names the two dimensions that nearly all
 * of them run over: the variant of iptables and the family of addresses.
 */
import { spawnSync } from 'node:child_process';

export const variants = ['nft', 'legacy'] as const;
export type Variant = (typeof variants)[number];

export const families = ['ipv4', 'ipv6'] as const;
export type Family = (typeof families)[number];

/** Both variants with both families, for `describe.each`. */
export const variantsAndFamilies = variants.flatMap((variant) =>
  families.map((family) => ({ variant, family })),
);

/**
 * Why kernel tests cannot run here, or null when they can: `describe.skipIf(kernelReason())`.
 * Says so on standard error too: a skipped test that nobody notices is worse than a failed one.
 * With NATMAP_REQUIRE_KERNEL set, as in CI, it is an error.
 */
export function kernelReason(): string | null {
  return announced(findReason(programs));
}

/** As {@link kernelReason}, for tests with a real container engine. */
export function engineReason(): string | null {
  return announced(findReason([...programs, 'dockerd', 'docker', 'podman', 'busybox']));
}

function announced(reason: string | null): string | null {
  if (reason === null) return null;
  if (process.env.NATMAP_REQUIRE_KERNEL) throw new Error(`no kernel tests here: ${reason}`);
  console.warn(`kernel tests skipped: ${reason}`);
  return reason;
}

function findReason(needed: readonly string[]): string | null {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return 'not root';
  const absent = needed.find((program) => !starts(program, '--help'));
  if (absent !== undefined) return `${absent} is not installed`;
  if (!starts('unshare', '--net', 'true')) return 'network namespaces are not permitted';
  return null;
}

const programs = [
  ...variants.flatMap((variant) => [`iptables-${variant}`, `ip6tables-${variant}`]),
  'ipset',
  'nsenter',
  'unshare',
  'setpriv',
];

function starts(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
