// Rules in the place of others that a network namespace of its own cannot hold, or need not.
import type { Family } from '../../net/family.ts';

/** A rule for each text, the same for the same text: it matches an address of its own and leads on. */
export class StandIns {
  private readonly numbers = new Map<string, number>();
  private readonly family: Family;

  constructor(family: Family) {
    this.family = family;
  }

  of(spec: string, target: string | null): string {
    const number = this.numbers.get(spec) ?? this.numbers.size + 1;
    this.numbers.set(spec, number);
    const match = `-s ${this.family === 'ipv4' ? address4(number) : address6(number)}`;
    return target === null ? match : `${match} -j ${target}`;
  }
}

/** In 0.0.0.0/8 (RFC 791): nothing is cheaper to load than a rule with an address, a comment too. */
function address4(number: number): string {
  return `0.${number >> 16}.${(number >> 8) & 0xff}.${number & 0xff}/32`;
}

/** In 100::/64 (RFC 6666), as RFC 5952 writes it. */
function address6(number: number): string {
  const groups = [number >> 16, number & 0xffff].map((group) => group.toString(16));
  return `100::${number < 0x10000 ? groups[1] : groups.join(':')}/128`;
}
