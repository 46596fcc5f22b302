// What iptables-save prints, as text and back without loss: the kernel keeps any bytes in a comment,
// and iptables cuts a long one at 255 bytes, also through a character.
import { isUtf8 } from 'node:buffer';

/** One character in UTF-8 (RFC 3629, section 4), or any other byte. */
const characters =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/** UTF-8 as text; a byte that is none becomes a surrogate of its own, U+DC80 to U+DCFF, as in Python's PEP 383. */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString();
  return buffer
    .toString('latin1')
    .replace(characters, (found) =>
      found.length > 1
        ? Buffer.from(found, 'latin1').toString()
        : String.fromCharCode(0xdc00 + found.charCodeAt(0)),
    );
}

/** The bytes that {@link textOf} makes the text from. */
export function bytesOf(text: string): Uint8Array {
  // Split by a group, every second part is what was split by; with `u`, a pair is not taken apart.
  const parts = text.split(/([\udc80-\udcff])/u);
  if (parts.length === 1) return Buffer.from(text);
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 0 ? Buffer.from(part) : Buffer.from([part.charCodeAt(0) & 0xff]),
    ),
  );
}
