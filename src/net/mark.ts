// Marks of packets, which the kernel keeps beside a packet on this host only.

/** A mark and the bits of it that count; each is a whole number below 2^32. */
export interface Mark {
  readonly value: number;
  readonly mask: number;
}

export const allBits = 0xffff_ffff;

/**
 * `MARK` or `MARK/MASK`, each decimal or hexadecimal, as in Docker's `bridge-accept-fwmark`. Leading zeros
 * are none of it: Docker takes such a number as octal.
 *
 * @returns the mark, or in words why it is none
 */
export function parseMark(text: string): Mark | { readonly problem: string } {
  const [, first, second] = /^(\w+)(?:\/(\w+))?$/.exec(text) ?? [];
  const value = parseBits(first ?? '');
  const mask = second === undefined ? allBits : parseBits(second);
  if (value === null || mask === null) return { problem: 'is no mark, as 0x1000000/0x1000000' };
  if (value === 0) return { problem: 'is the mark 0, which packets have that nobody marked' };
  // Bits outside of the mask: no packet would ever be equal to it.
  if ((BigInt(value) & ~BigInt(mask)) !== 0n) return { problem: 'has bits outside of its mask' };
  return { value, mask };
}

/** `0x1000000/0x1000000`, as iptables prints it behind `--set-xmark`. */
export function formatMark({ value, mask }: Mark): string {
  return `0x${value.toString(16)}/0x${mask.toString(16)}`;
}

export function sameMark(a: Mark, b: Mark): boolean {
  return a.value === b.value && a.mask === b.mask;
}

/** A whole number below 2^32, decimal or hexadecimal, or null. */
export function parseBits(text: string): number | null {
  if (!/^(?:0x[0-9a-fA-F]{1,8}|0|[1-9]\d{0,9})$/.test(text)) return null;
  const bits = Number(text);
  return bits <= allBits ? bits : null;
}
