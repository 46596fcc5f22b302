/** iptables and ip6tables without a suffix, each of a backend of its own: two alternatives on Debian. */

import { program } from './iptables.ts';
import type { Family, Variant } from './kernel.ts';
import { families } from './kernel.ts';
import { createWorkspace } from './workspace.ts';

/** Which backend the unsuffixed programs of each family are. */
export type Alternatives = Readonly<Record<Family, Variant>>;

/** What natmap needs beside iptables, where nothing else is on the PATH. */
const others = ['sh', 'cat', 'readlink', 'unshare', 'ip', 'flock', 'sed', 'grep'];

/** A folder for the front of PATH. */
export interface AlternativeLinks extends Disposable {
  /** The suffixed names are there as well. */
  readonly env: { readonly PATH: string };
  /** No suffixed name is there. */
  readonly only: { readonly PATH: string };
  /** `update-alternatives --set`. */
  point(to: Alternatives): void;
}

export function alternatives(first: Alternatives): AlternativeLinks {
  const files = createWorkspace();
  for (const name of others) files.link(`bin/${name}`, name);
  const point = (to: Alternatives) => {
    for (const family of families) {
      for (const suffix of ['', '-save', '-restore']) {
        const name = program(to[family], family, suffix);
        files.link(`bin/${name.replace(`-${to[family]}`, '')}`, name);
      }
    }
  };
  point(first);
  const folder = files.file('bin');
  return {
    env: { PATH: `${folder}:${process.env.PATH ?? ''}` },
    only: { PATH: folder },
    point,
    [Symbol.dispose]: () => files[Symbol.dispose](),
  };
}
