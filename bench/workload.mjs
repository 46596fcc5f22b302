// So many Docker mappings on one address of the host, four rules each, in the words of each tool.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { natmap, run } from './programs.mjs';

const host = '203.0.113.1';

/** Writes what the tools read into `folder`; `changed` leads one of the mappings elsewhere. */
export function writeWorkload(folder, count) {
  const mappings = Array.from({ length: count }, (_, index) => mapping(index));
  const changed = mappings.with(count >> 1, { ...mapping(count >> 1), target: '10.255.255.9' });
  const rules = writeRules(join(folder, 'rules.d'), mappings);
  const rendered = join(folder, 'rendered');
  run(process.execPath, [natmap, 'render', '--rules', rules, '-q', '-o', rendered]);
  const payload = readFileSync(join(rendered, 'rules.v4'), 'utf8');
  const ferm = join(folder, 'ferm.conf');
  writeFileSync(ferm, fermConfig(mappings));
  return {
    count,
    rules,
    changed: writeRules(join(folder, 'changed.d'), changed),
    payload,
    ferm,
    script: (variant) => shellScript(payload, `iptables-${variant}`),
  };
}

function mapping(index) {
  const target = `10.${index >> 8}.${index & 255}.9`;
  return { name: `c${index}`, port: 10_000 + index, target };
}

function writeRules(folder, mappings) {
  const entries = mappings.map(
    ({ name, port, target }) =>
      `  - {target_ip: ${target}, name: ${name}, ports: ["${host}:${port}:80"]}\n`,
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'many.yaml'), `docker:\n${entries.join('')}`);
  return folder;
}

/** The same rules and jumps for ferm (ferm(1)). */
function fermConfig(mappings) {
  const each = (rule) =>
    mappings
      .map((each) => {
        const comment = `mod comment comment "natmap:docker:${each.name}:${each.port}/tcp"`;
        return `      ${rule({ ...each, comment })}\n`;
      })
      .join('');
  const dnat = each(
    ({ port, target, comment }) =>
      `daddr ${host} proto tcp dport ${port} ${comment} DNAT to "${target}:80";`,
  );
  const masquerade = each(
    ({ target, comment }) =>
      `saddr ${target} daddr ${target} proto tcp dport 80 ${comment} MASQUERADE;`,
  );
  const accept = each(
    ({ target, comment }) =>
      `daddr ${target} proto tcp dport 80 mod conntrack ctstate DNAT ${comment} ACCEPT;`,
  );
  return `domain ip {
  table nat {
    chain PREROUTING jump NATMAP;
    chain OUTPUT jump NATMAP-OUTPUT;
    chain POSTROUTING jump NATMAP-POSTROUTING;
    chain NATMAP {
${dnat}    }
    chain NATMAP-OUTPUT {
${dnat}    }
    chain NATMAP-POSTROUTING {
${masquerade}    }
  }
  table filter {
    chain FORWARD jump DOCKER-USER;
    chain DOCKER-USER jump NATMAP;
    chain NATMAP {
      mod conntrack ctstate DNAT ctdir REPLY mod comment comment "natmap:replies" ACCEPT;
${accept}    }
  }
}
`;
}

/** One process a chain and a rule, as a script of an administrator's would. */
function shellScript(payload, iptables) {
  let table = '';
  const lines = payload.split('\n').map((line) => {
    if (line.startsWith('*')) table = line.slice(1);
    if (line.startsWith(':')) return `${iptables} -w -t ${table} -N ${line.slice(1).split(' ')[0]}`;
    return line.startsWith('-A') ? `${iptables} -w -t ${table} ${line}` : '';
  });
  return `set -e\n${lines.filter(Boolean).join('\n')}\n`;
}
