// The man pages that natmap has.

export const manPages = ['natmap.1', 'natmap-rules.5'] as const;

export type ManPage = (typeof manPages)[number];
