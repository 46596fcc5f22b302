// Ports that hand over a machine or its data to anyone who gets in: nothing that the whole internet needs.
import type { Protocol } from '../net/protocol.ts';

export interface AdministrationPort {
  readonly port: number;
  readonly protocol: Protocol;
  readonly service: string;
  readonly reason: string;
}

export const administrationPorts: readonly AdministrationPort[] = [
  tcp(22, 'SSH', 'a shell; passwords are guessed all day'),
  tcp(23, 'Telnet', 'a shell, and its passwords go in plain text'),
  tcp(111, 'rpcbind', 'tells what else runs, and amplifies floods'),
  tcp(135, 'Windows RPC', 'remote administration, the way in of many worms'),
  udp(161, 'SNMP', 'reads and sets a device, often by the community "public"'),
  tcp(389, 'LDAP', 'the directory of all accounts, in plain text'),
  tcp(445, 'SMB', 'file shares, the way in of many worms'),
  udp(623, 'IPMI', 'power and console of the machine; gives password hashes to anyone'),
  tcp(873, 'rsync', 'files, often without a password'),
  tcp(1433, 'SQL Server', 'a database'),
  tcp(1521, 'Oracle', 'a database'),
  tcp(2049, 'NFS', 'files; trusts the addresses of its clients'),
  tcp(2375, 'Docker', 'root on the host, without a password'),
  tcp(2376, 'Docker over TLS', 'root on the host'),
  tcp(2379, 'etcd', 'all secrets of a cluster'),
  tcp(3306, 'MySQL', 'a database'),
  tcp(3389, 'Remote Desktop', 'a desktop; passwords are guessed all day'),
  tcp(5432, 'PostgreSQL', 'a database'),
  tcp(5900, 'VNC', 'a desktop, with passwords of eight characters at the most'),
  tcp(5984, 'CouchDB', 'a database'),
  tcp(5985, 'WinRM', 'remote administration'),
  tcp(5986, 'WinRM over TLS', 'remote administration'),
  tcp(6379, 'Redis', 'a database, often without a password; writes files of its host'),
  tcp(6443, 'Kubernetes API', 'the whole cluster'),
  tcp(8291, 'MikroTik Winbox', 'the router itself'),
  tcp(9200, 'Elasticsearch', 'a database, often without a password'),
  tcp(10250, 'kubelet', 'commands in every container of the node'),
  tcp(11211, 'memcached', 'a cache without passwords'),
  udp(11211, 'memcached', 'amplifies floods fifty thousand times'),
  tcp(27017, 'MongoDB', 'a database, often without a password'),
];

function tcp(port: number, service: string, reason: string): AdministrationPort {
  return { port, protocol: 'tcp', service, reason };
}

function udp(port: number, service: string, reason: string): AdministrationPort {
  return { port, protocol: 'udp', service, reason };
}
