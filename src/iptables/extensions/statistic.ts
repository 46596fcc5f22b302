// statistic (iptables-extensions(8)): one of so many packets, by chance or in turn.
import { type Extension, number, type Option, problem, unknown, type Value } from './extension.ts';

const modes = ['random', 'nth'];

const mode: Option = {
  names: ['--mode'],
  arity: 1,
  invertible: false,
  canonical: ([text = '']) => (modes.includes(text) ? text : problem(`there is no mode ${text}`)),
};

const probability: Option = {
  names: ['--probability'],
  arity: 1,
  invertible: true,
  canonical: ([text = '']) => asKept(text),
};

const every: Option = {
  names: ['--every'],
  arity: 1,
  invertible: true,
  canonical: ([text = '']) => number(text, 1, largestCount),
};

const packet: Option = {
  names: ['--packet'],
  arity: 1,
  invertible: false,
  canonical: ([text = '']) => number(text, 0, largestCount - 1),
};

/** Counts are u32: linux/netfilter/xt_statistic.h. */
const largestCount = 2 ** 32 - 1;

export const statistic: Extension = {
  name: 'statistic',
  options: [mode, probability, every, packet],
  combination: (given) => {
    const written = (option: Option) => given.get(option)?.value;
    const needed = written(mode) === 'nth' ? [mode, every, packet] : [mode, probability];
    if (given.size !== needed.length || !needed.every((option) => given.has(option))) {
      return 'statistic takes --mode random --probability P or --mode nth --every N --packet P';
    }
    return Number(written(packet) ?? 0) >= Number(written(every) ?? 1)
      ? '--packet counts from 0, so it is below --every'
      : null;
  },
};

/** A probability as the kernel keeps it, in 2^31ths, printed with `%.11f`. */
function asKept(text: string): Value {
  // strtod(3) takes more spellings than anyone uses.
  if (!/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text)) return unknown;
  const value = Number(text);
  if (value > 1) return problem(`probability ${text} is above 1`);
  return printProbability(BigInt(Math.round(value * 2 ** 31)));
}

/** As printf(3) rounds: what lies in the middle goes to the even digit, which toFixed does not do. */
function printProbability(parts: bigint): string {
  const scaled = parts * 10n ** 11n;
  const whole = 1n << 31n;
  const [digits, rest] = [scaled / whole, scaled % whole];
  const isUp = rest * 2n > whole || (rest * 2n === whole && digits % 2n === 1n);
  const text = (isUp ? digits + 1n : digits).toString().padStart(12, '0');
  return `${text.slice(0, -11)}.${text.slice(-11)}`;
}
