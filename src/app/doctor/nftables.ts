// The rules of nftables, those of programs besides iptables included.
import { type Fact, unasked } from '../../doctor/facts.ts';
import { type NftTable, parseNft } from '../../doctor/nft/ruleset.ts';
import type { Run } from '../../host/program.ts';

/** Where there is no nft, nobody asks: hosts with iptables alone need none. */
export async function readNftables(run: Run): Promise<Fact<readonly NftTable[]>> {
  const args = ['-j', 'list', 'ruleset'];
  const { code, stdout, stderr, failure } = await run({ program: 'nft', args, timeout: 30_000 });
  if (failure === 'not-found') return unasked;
  const tables = code === 0 ? parseNft(stdout) : null;
  if (tables !== null) return { kind: 'read', value: tables };
  const [said = ''] = stderr.split('\n');
  return { kind: 'unread', reason: said || 'nft -j list ruleset failed' };
}
