// The service names that templates are likely to use. iptables-save prints numbers, and
// getservbyname(3) needs a file that a bare machine lacks: what is not here has to be a number.
// Source: IANA Service Name and Transport Protocol Port Number Registry.
const services: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  tftp: 69,
  http: 80,
  kerberos: 88,
  pop3: 110,
  ntp: 123,
  imap2: 143,
  snmp: 161,
  ldap: 389,
  https: 443,
  submissions: 465,
  submission: 587,
  ldaps: 636,
  imaps: 993,
  pop3s: 995,
  openvpn: 1194,
  mysql: 3306,
  postgresql: 5432,
};

/** @returns the port, or null when the name is not known here */
export function servicePort(name: string): number | null {
  return Object.hasOwn(services, name) ? (services[name] ?? null) : null;
}
