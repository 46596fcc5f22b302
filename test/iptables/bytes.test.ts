import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOf, textOf } from '../../src/iptables/bytes.ts';

test.each<[bytes: string, text: string]>([
  ['ASCII', 'ASCII'],
  ['gr\xc3\xbc\xc3\x9fe \xf0\x9f\x99\x82', 'grüße 🙂'],
  ['caf\xe9', 'caf\udce9'],
  ['cut \xc3', 'cut \udcc3'],
  ['\xf0\x9f\x99', '\udcf0\udc9f\udc99'],
  ['overlong \xc0\xaf', 'overlong \udcc0\udcaf'],
  ['surrogate \xed\xb3\xa9', 'surrogate \udced\udcb3\udca9'],
  ['above \xf4\x90\x80\x80', 'above \udcf4\udc90\udc80\udc80'],
  ['both \xc3\xbc\xff', 'both ü\udcff'],
  ['\xef\xbb\xbfmarked', '\ufeffmarked'],
])('the bytes %j are the text %j', (bytes, text) => {
  expect(textOf(Buffer.from(bytes, 'latin1'))).toBe(text);
});

test('any bytes come back from their text', () => {
  const bytes = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0xc3, 0xbc, 0xe2, 0x82, 0xf0)));
  fc.assert(
    fc.property(bytes, (list) => {
      expect([...bytesOf(textOf(Uint8Array.from(list)))]).toEqual(list);
    }),
    { numRuns: 1000 },
  );
});

test('any text of whole characters is what UTF-8 says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(Buffer.from(bytesOf(text)).equals(Buffer.from(text))).toBe(true);
      expect(textOf(Buffer.from(text))).toBe(text);
    }),
  );
});
