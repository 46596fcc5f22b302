/** The two address families, in the order in which natmap treats them. */
export const families = ['ipv4', 'ipv6'] as const;

export type Family = (typeof families)[number];

/** Bits in an address of the family. */
export const addressBits: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

/** How the names of files with rules of the family end, as iptables-persistent has them. */
export const fileEndings: Readonly<Record<Family, string>> = { ipv4: 'v4', ipv6: 'v6' };

/** The programs of the family, whatever their backend. */
export const programNames: Readonly<Record<Family, string>> = {
  ipv4: 'iptables',
  ipv6: 'ip6tables',
};

/** What people call the families. */
export const familyNames: Readonly<Record<Family, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };
