/** The transport protocols that have ports and that natmap maps. */
export const protocols = ['tcp', 'udp', 'sctp'] as const;

export type Protocol = (typeof protocols)[number];

export function isProtocol(text: string): text is Protocol {
  return (protocols as readonly string[]).includes(text);
}
