/** Every flaw that is planted, in the order of the table. */
import { clusterMutants } from './cluster-mutants.ts'
import { logMutants } from './log-mutants.ts'
import type { Mutant } from './mutant.ts'
import { protocolMutants } from './protocol-mutants.ts'
import { topicMutants } from './topic-mutants.ts'

export const allMutants: readonly Mutant[] = [...logMutants, ...topicMutants, ...clusterMutants, ...protocolMutants]
