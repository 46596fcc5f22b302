/** The transport protocols that have ports and that natmap maps. */
export const protocols = ['tcp', 'udp', 'sctp'] as const;

export type Protocol = (typeof protocols)[number];

export function isProtocol(text: string): text is Protocol {
  return (protocols as readonly string[]).includes(text);
}

/** In the header of a packet (IANA). */
export const protocolNumbers: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };
