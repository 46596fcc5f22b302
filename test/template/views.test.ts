import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { families } from '../../src/net/family.ts';
import { boundedComment } from '../../src/template/comment.ts';
import { groupPorts, portsOf } from '../../src/template/groups.ts';
import { templateNames, viewsOf } from '../../src/template/views.ts';
import { dockerSnapshot } from '../support/docker.ts';
import { mappingsOf } from './templates.ts';

/** Every template, with everything that it can be given. */
const everything = `
dnat:
  - {ext_ip: 203.0.113.1, ext_if: a, int_ip: 10.0.0.1, ports: "80,81", local: true, sources: 10.0.0.0/8, name: x}
  - {ext_if: b, int_ip: 10.0.0.1, ports: 80}
  - {ext_ip: 203.0.113.2, int_ip: 10.0.0.1, ports: 8082}
snat: [{int_ip: 10.0.0.1, ext_if: a, ext_ip: 203.0.113.1}]
hairpin: [{ext_ip: 203.0.113.1, int_ip: 10.0.0.1, ports: 90, lan_cidr: 10.0.0.0/8}]
docker:
  - {target_ip: 10.0.0.9, ports: ["127.0.0.1:70:70", "71"]}
  - {container: shop/web, balance: random, ports: 72}
  - {container: c, ports: "9092:82", sources: 10.0.0.0/8}
publish: [{from: published, select: {name: b}, sources: [10.0.0.0/8, "fd00::/8"]}]
masquerade: [front]
`;

const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };

const docker = dockerSnapshot(
  [
    { name: 'a', networks: { front: { ipv4: '172.18.0.2' } }, labels },
    {
      name: 'b',
      networks: { front: { ipv4: '172.18.0.3' } },
      labels,
      published: { '80/tcp': ['0.0.0.0:8080', '[::]:8080'] },
    },
    {
      name: 'c',
      networks: { front: { ipv4: '172.18.0.4' } },
      published: { '82/tcp': ['0.0.0.0:8082'] },
    },
  ],
  [
    { name: 'front', bridge: 'br-front', subnets: ['172.18.0.0/16'] },
    { name: 'back', bridge: 'br-back', subnets: ['172.19.0.0/16'] },
  ],
);

const views = families.flatMap((family) =>
  viewsOf(mappingsOf(everything, docker), family, { value: 1, mask: 3 }),
);

describe('a view', () => {
  test('has exactly the names that its template may use', () => {
    for (const { template, values } of views) {
      expect(Object.keys(values).sort(), template).toEqual([...templateNames[template]].sort());
    }
    const templates = new Set(views.map(({ template }) => template));
    expect([...templates].sort()).toEqual(Object.keys(templateNames).sort());
  });

  test('has one word for each value but the ready-made matches and the texts', () => {
    const texts = ['name', 'comment', 'ext_match', 'share_match', 'int_match', 'own_match'];
    for (const { values } of views) {
      for (const [name, value] of Object.entries(values)) {
        if (texts.includes(name)) continue;
        if (typeof value === 'string') expect(value).toMatch(/^[\w.:/[\]+,-]+$/);
      }
    }
  });

  test('has the names that docs/templates.md tells', () => {
    const page = readFileSync(new URL('../../docs/templates.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([\w-]+)` \|.*\| (.*) \|$/gm)];
    const documented = rows.map(([, name = '', names = '']) => [name, names.split(', ').sort()]);
    const known = Object.entries(templateNames).map(([name, names]) => [
      name,
      names.map((each) => `\`${each}\``).sort(),
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(known));
  });

  test('of replies is there where something is accepted, and only there', () => {
    const templates = (rules: string) =>
      viewsOf(mappingsOf(rules), 'ipv4').map(({ template }) => template);
    expect(templates('snat: [{int_ip: 10.0.0.1, ext_if: a}]')).toEqual(['snat']);
    expect(templates('docker: [{target_ip: 10.0.0.9, ports: "127.0.0.1:80:80"}]')).toEqual([
      'docker',
    ]);
    expect(templates('docker: [{target_ip: 10.0.0.9, ports: "80"}]')).toEqual([
      'replies',
      'docker',
    ]);
  });
});

test('a mark is given to whatever natmap lets in, but for what the engine publishes itself', () => {
  const acceptMark = { value: 1, mask: 3 };
  const marked = viewsOf(mappingsOf(everything, docker), 'ipv4', acceptMark)
    .filter(({ template }) => template === 'mark')
    .map(({ values: { comment, source, mark } }) => `${comment} ${source} ${mark}`);
  expect(marked).toEqual([
    'natmap:dnat:203.0.113.1:80,81 10.0.0.0/8 0x1/0x3',
    'natmap:dnat:b:80 null 0x1/0x3',
    'natmap:dnat:203.0.113.2:8082 null 0x1/0x3',
    'natmap:hairpin:203.0.113.1:10.0.0.1:90 10.0.0.0/8 0x1/0x3',
    'natmap:docker:10.0.0.9:71/tcp null 0x1/0x3',
    'natmap:docker:a:72/tcp null 0x1/0x3',
    'natmap:docker:b:72/tcp null 0x1/0x3',
    'natmap:docker:c:9092/tcp 10.0.0.0/8 0x1/0x3',
  ]);
});

describe('ports of one entry are packed into multiport rules', () => {
  const groupsOf = (rules: string) => {
    const dnats = mappingsOf(rules).filter((mapping) => mapping.kind === 'dnat');
    return groupPorts(dnats).map((group) => portsOf(group).map(({ first, last }) => [first, last]));
  };
  const dnat = (more: string) => `{ext_ip: 203.0.113.1, int_ip: 10.0.0.1, ${more}}`;

  test.each<[what: string, rules: string, sizes: number[]]>([
    ['15 ports in one', dnat(`ports: "${Array.from({ length: 15 }, (_, n) => n + 1)}"`), [15]],
    ['16 ports in two', dnat(`ports: "${Array.from({ length: 16 }, (_, n) => n + 1)}"`), [15, 1]],
    ['7 ranges and a port in one', dnat('ports: "1-2,3-4,5-6,7-8,9-10,11-12,13-14,15"'), [8]],
    ['8 ranges in two', dnat('ports: "1-2,3-4,5-6,7-8,9-10,11-12,13-14,15-16"'), [7, 1]],
    ['protocols apart', dnat('ports: "1,2", proto: [tcp, udp]'), [2, 2]],
    ['ports with another inside each by itself', dnat('ports: "1,2", int_port: 9'), [1, 1]],
  ])('%s', (_, entry, sizes) => {
    expect(groupsOf(`dnat: [${entry}]`).map((group) => group.length)).toEqual(sizes);
  });

  test('entries are never mixed', () => {
    const rules = `dnat: [${dnat('ports: 1')}, ${dnat('ports: 2')}]`;
    expect(groupsOf(rules)).toEqual([[[1, 1]], [[2, 2]]]);
  });

  test('in their order, none lost, at most 15 slots a rule', () => {
    const range = fc.tuple(fc.integer({ min: 1, max: 60_000 }), fc.constantFrom(0, 0, 1, 100));
    fc.assert(
      fc.property(
        fc.uniqueArray(range, { minLength: 1, maxLength: 50, selector: ([first]) => first }),
        (list) => {
          const written = list.map(([first, width]) => `${first}-${first + width}`);
          const entry = dnat(`ports: "${written.join()}", name: x`);
          const groups = groupsOf(`dnat: [${entry}]`);
          expect(groups.flat()).toEqual(list.map(([first, width]) => [first, first + width]));
          for (const group of groups) {
            const slots = group
              .map(([first, last]) => (first === last ? 1 : 2))
              .reduce((a, b) => a + b, 0);
            expect(slots).toBeLessThanOrEqual(15);
          }
        },
      ),
    );
  });
});

describe('a comment', () => {
  test('of 255 bytes stays as it is', () => {
    expect(boundedComment('x'.repeat(255))).toBe('x'.repeat(255));
    expect(boundedComment('é'.repeat(127))).toBe('é'.repeat(127));
  });

  test('that is longer is cut, and ends in a hash of the whole', () => {
    const cut = boundedComment('x'.repeat(256));
    expect(cut).toMatch(/^x{238}~[0-9a-f]{16}$/);
    expect(boundedComment(`${'x'.repeat(256)}y`)).not.toBe(cut);
  });

  test('is never longer than 255 bytes, and never cut within a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400, size: 'max' }), (text) => {
        const bounded = boundedComment(text);
        expect(Buffer.byteLength(bounded)).toBeLessThanOrEqual(255);
        expect(bounded.isWellFormed()).toBe(true);
        const kept = bounded.replace(/~[0-9a-f]{16}$/, '');
        expect(text.startsWith(kept)).toBe(true);
      }),
    );
  });
});
