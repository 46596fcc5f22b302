import { describe, expect, test } from 'vitest';
import { traceFlow, traceLater } from '../../src/netfilter/trace.ts';
import { ends, endsOf, host, netfilterOf, parsed, tcp } from './lab.ts';

const mail = tcp('198.51.100.10', '203.0.113.43', 25);

describe('a connection to the host', () => {
  test.each([
    { name: 'no rules', rules: [], end: 'delivered 198.51.100.10 → 203.0.113.43:25' },
    {
      name: 'a mapping',
      rules: [
        'nat PREROUTING -d 203.0.113.43/32 -p tcp -m tcp --dport 25 -j DNAT --to-destination 10.0.0.101',
      ],
      end: 'sent 198.51.100.10 → 10.0.0.101:25',
    },
    {
      name: 'a mapping behind a closed FORWARD',
      rules: [
        'filter FORWARD: DROP',
        'nat PREROUTING -p tcp -m tcp --dport 25 -j DNAT --to-destination 10.0.0.101:2525',
      ],
      end: 'dropped',
    },
    {
      name: 'the accept of a mapping, which asks for the port before translation',
      rules: [
        'filter FORWARD: DROP',
        'filter FORWARD -d 10.0.0.101/32 -p tcp -m tcp --dport 2525 -m conntrack --ctstate DNAT -m conntrack --ctorigdstport 25 -j ACCEPT',
        'nat PREROUTING -p tcp -m tcp --dport 25 -j DNAT --to-destination 10.0.0.101:2525',
      ],
      end: 'sent 198.51.100.10 → 10.0.0.101:2525',
    },
    {
      name: 'a mapping without address, of all that is LOCAL',
      rules: ['nat PREROUTING -m addrtype --dst-type LOCAL -j DNAT --to-destination 10.0.0.101'],
      end: 'sent 198.51.100.10 → 10.0.0.101:25',
    },
    {
      name: 'a range forwarded port by port',
      rules: [
        'nat PREROUTING -p tcp -m tcp --dport 20:29 -j DNAT --to-destination 10.0.0.101:2020-2029/20',
      ],
      end: 'sent 198.51.100.10 → 10.0.0.101:2025',
    },
    {
      name: 'masquerade on the way in',
      rules: [
        'nat PREROUTING -p tcp -j DNAT --to-destination 10.0.0.101',
        'nat POSTROUTING -o lan0 -j MASQUERADE',
      ],
      end: 'sent 10.0.0.1 → 10.0.0.101:25',
    },
    {
      name: 'a drop in mangle, before translation',
      rules: [
        'mangle PREROUTING ! -s 10.0.0.0/8 -d 203.0.113.43/32 -p tcp -j DROP',
        'nat PREROUTING -p tcp -j DNAT --to-destination 10.0.0.101',
      ],
      end: 'dropped by PREROUTING 1',
    },
    {
      name: 'no tracking, so no translation',
      rules: [
        'raw PREROUTING -p tcp -j CT --notrack',
        'nat PREROUTING -p tcp -j DNAT --to-destination 10.0.0.101',
        'filter INPUT -m conntrack --ctstate UNTRACKED -j REJECT',
      ],
      end: 'rejected by INPUT 1',
    },
    {
      name: 'DNAT to loopback',
      rules: ['nat PREROUTING -p tcp -j DNAT --to-destination 127.0.0.1'],
      end: 'martian',
    },
    {
      name: 'REDIRECT',
      rules: ['nat PREROUTING -p tcp -j REDIRECT --to-ports 2525'],
      end: 'delivered 198.51.100.10 → 203.0.113.43:2525',
    },
  ])('$name', ({ rules, end }) => {
    expect(ends(rules, mail)).toEqual([end]);
  });

  test('is sent nowhere by a host that does not forward', () => {
    const rules = ['nat PREROUTING -p tcp -j DNAT --to-destination 10.0.0.101'];
    expect(ends(rules, mail, { ...host, forwards: false })).toEqual(['no-route']);
  });
});

describe('what the host sends', () => {
  const own = tcp('203.0.113.43', '203.0.113.43', 25);

  test('stays on it without a rule', () => {
    expect(ends([], own)).toEqual(['delivered 203.0.113.43 → 203.0.113.43:25']);
  });

  test('stays tracked when it arrives by loopback', () => {
    const rules = [
      'raw PREROUTING -j CT --notrack',
      'filter INPUT -m conntrack --ctstate UNTRACKED -j DROP',
    ];
    expect(ends(rules, own)).toEqual(['delivered 203.0.113.43 → 203.0.113.43:25']);
  });

  test('follows a mapping in OUTPUT, and the interface of filter OUTPUT stays the first one', () => {
    const rules = [
      'nat OUTPUT -d 203.0.113.43/32 -j DNAT --to-destination 10.0.0.101',
      'filter OUTPUT -o lan0 -j DROP',
      'filter OUTPUT -o lo -j ACCEPT',
      'filter OUTPUT: DROP',
    ];
    expect(ends(rules, own)).toEqual(['sent 203.0.113.43 → 10.0.0.101:25']);
  });
});

describe('a loopback address', () => {
  test('is sent by no other interface, whatever nat would do', () => {
    const rules = ['nat OUTPUT -d 10.0.0.101/32 -j DNAT --to-destination 203.0.113.43'];
    const flow = { ...tcp('203.0.113.43', '10.0.0.101', 25), source: parsed('127.0.0.1') };
    expect(ends(rules, flow)).toEqual(['martian']);
  });
});

describe('a match that the model does not know', () => {
  test('is never no match: both ends are possible', () => {
    const rules = ['filter INPUT -m u32 --u32 "0x0=0x0" -j DROP'];
    expect(ends(rules, mail)).toEqual([
      'dropped by INPUT 1',
      'delivered 198.51.100.10 → 203.0.113.43:25',
    ]);
  });

  test('leaves the rest of the rule in force', () => {
    const rules = ['filter INPUT -p udp -m set --match-set blocked src -j DROP'];
    expect(ends(rules, mail)).toEqual(['delivered 198.51.100.10 → 203.0.113.43:25']);
  });

  test('changes nothing where both ends are the same', () => {
    const rules = ['filter INPUT -m limit --limit 3/min -j LOG --log-prefix "-j DROP"'];
    expect(ends(rules, mail)).toEqual(['delivered 198.51.100.10 → 203.0.113.43:25']);
  });
});

describe('the answer', () => {
  const rules = [
    'nat PREROUTING -p tcp -m tcp --dport 25 -j DNAT --to-destination 10.0.0.101:2525',
    'nat POSTROUTING -o lan0 -j MASQUERADE',
    'filter FORWARD: DROP',
    'filter FORWARD -m conntrack --ctstate DNAT --ctdir ORIGINAL -j ACCEPT',
  ];

  function answers(more: readonly string[]) {
    const netfilter = netfilterOf([...rules, ...more]);
    const [first] = traceFlow(netfilter, mail).endings;
    if (first === undefined) throw new Error('no ending');
    return endsOf(traceLater(netfilter, mail, first, 'REPLY'));
  }

  test('is translated back', () => {
    expect(answers(['filter FORWARD -m conntrack --ctstate DNAT --ctdir REPLY -j ACCEPT'])).toEqual(
      ['sent 203.0.113.43 → 198.51.100.10:40000'],
    );
  });

  test('needs a rule of its own', () => {
    expect(answers([])).toEqual(['dropped']);
  });
});
