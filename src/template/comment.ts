// Comments of rules: who asked for the rule, in 255 bytes.
import { createHash } from 'node:crypto';
import { longestComment } from '../iptables/extensions/state.ts';

/**
 * `text`, or as much of it as fits and a hash of the whole: iptables would cut it silently, and a
 * rule that is never read back as it was written never converges.
 */
export function boundedComment(text: string): string {
  if (Buffer.byteLength(text) <= longestComment) return text;
  const ending = `~${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  const room = Buffer.from(text).subarray(0, longestComment - ending.length);
  // A character that the cut went through decodes to U+FFFD, which is longer than what it stands for.
  return `${room.toString().replace(/\uFFFD+$/, '')}${ending}`;
}
