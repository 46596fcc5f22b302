/** What follows from the version of Docker that is installed here. */
import { spawnSync } from 'node:child_process';
import { isAtLeast } from '../../src/iptables/printer.ts';

const { stdout } = spawnSync('dockerd', ['--version'], { encoding: 'utf8' });

/** Without Docker no test asks. */
const installed = /\d+(\.\d+)+/.exec(stdout ?? '')?.[0] ?? '0';

/**
 * Whether Docker forwards what others send straight to the address of a container, past its published
 * ports. Version 28 drops it in raw PREROUTING.
 */
export const dockerOpensContainers = !isAtLeast(installed, '28');

/** Whether a network can have the gateway mode `routed`, which came with version 27. */
export const dockerHasRoutedNetworks = isAtLeast(installed, '27');
