import { readFileSync } from 'node:fs';
import type { Family } from '../net/family.ts';

/**
 * Whether the kernel may hold tables of the legacy backend: it lists them in a file that only root
 * reads, and that is not there where the backend is not loaded (net/netfilter/x_tables.c).
 */
export function holdsLegacyTables(family: Family): boolean {
  const file = family === 'ipv4' ? 'ip_tables_names' : 'ip6_tables_names';
  try {
    return readFileSync(`/proc/self/net/${file}`, 'utf8').trim() !== '';
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
}
