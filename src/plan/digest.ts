// Digests, by which files are distinguished.
import { createHash } from 'node:crypto';
import { bytesOf } from '../iptables/bytes.ts';

/** A file that rules came from. */
export interface SourceDigest {
  readonly name: string;
  /** Of its text in UTF-8, in hexadecimal. */
  readonly sha256: string;
}

/** Of a text in UTF-8, in hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(bytesOf(text)).digest('hex');
}
