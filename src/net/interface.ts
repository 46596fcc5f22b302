// Interface names as iptables takes them.

/** Longest interface name in bytes: IFNAMSIZ is 16 with its NUL (linux/if.h). */
export const longestInterface = 15;

/**
 * Why `name` cannot stand after `-i` or `-o`, or null when it can.
 * The kernel refuses `/`, white space and the names `.` and `..` (dev_valid_name, net/core/dev.c);
 * `!` first would negate, and `+` means every name that begins so only at the end.
 */
export function interfaceProblem(name: string): string | null {
  if (name === '' || name === '+') return 'an interface name is missing';
  if (!/^[A-Za-z0-9_.@-]+\+?$/.test(name) || name === '.' || name === '..') {
    return `${JSON.stringify(name)} is not an interface name`;
  }
  if (name.startsWith('-')) return `interface name ${name} begins with a dash`;
  if (name.length > longestInterface) {
    return `interface name ${name} is longer than ${longestInterface} bytes`;
  }
  return null;
}

/** Whether some interface is meant by both names, either of which may end in the wildcard `+`. */
export function interfacesOverlap(a: string, b: string): boolean {
  const stem = (name: string) => (name.endsWith('+') ? name.slice(0, -1) : null);
  const [stemA, stemB] = [stem(a), stem(b)];
  if (stemA !== null && stemB !== null) return stemA.startsWith(stemB) || stemB.startsWith(stemA);
  if (stemA !== null) return b.startsWith(stemA);
  if (stemB !== null) return a.startsWith(stemB);
  return a === b;
}

/** Whether every interface that `name` means is meant by `pattern`; either may end in `+`. */
export function interfaceCovers(pattern: string, name: string): boolean {
  if (!pattern.endsWith('+')) return pattern === name;
  const stem = pattern.slice(0, -1);
  return (name.endsWith('+') ? name.slice(0, -1) : name).startsWith(stem);
}
