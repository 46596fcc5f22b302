/** Stages with a list of what they may import, and those that may import any. */
export const listed: readonly string[];
export const edges: readonly string[];
