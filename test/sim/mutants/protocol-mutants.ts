/** Flaws of what is said to clients, in frames and over HTTP, and of groups that move between the two protocols. */
import { edit, everyWorld, type Mutant } from './mutant.ts'

const produce = 'lib/broker/handlers/00-produce.ts'
const join = 'lib/groups/consumer/classic-member-join.ts'

export const protocolMutants: readonly Mutant[] = [
  {
    name: 'unknown-told-as-refused',
    of: 'protocol',
    flaw: 'a producer is told that nothing was stored, where nobody knows',
    edits: [
      edit(
        'lib/broker/append-errors.ts',
        'unknown: errorCodes.REQUEST_TIMED_OUT',
        'unknown: errorCodes.KAFKA_STORAGE_ERROR',
      ),
    ],
    world: [everyWorld.speaks('frames by id')],
  },
  {
    name: 'told-the-next-offset',
    of: 'protocol',
    flaw: 'over HTTP a producer is told the offset after its record’s',
    edits: [
      edit(
        'lib/http/produce-batches.ts',
        'offset: result.baseOffset + delta }',
        'offset: result.baseOffset + delta + 1 }',
      ),
    ],
  },
  {
    name: 'next-request-too-early',
    of: 'protocol',
    flaw: 'a connection’s next request begins before the batches of the one before it have their place',
    edits: [
      edit(
        produce,
        '    const looked = findTopics(this.#services.topics, topicData, this.#namedBy, (each) => each)\n',
        `    this.#context.admitNext()
    const looked = findTopics(this.#services.topics, topicData, this.#namedBy, (each) => each)
`,
      ),
    ],
    world: [everyWorld.speaks('frames by name')],
  },
  {
    name: 'fetch-leaves-out-a-batch',
    of: 'protocol',
    flaw: 'of what a fetch has read, the first batches do not come into the answer',
    edits: [edit('lib/broker/handlers/01-fetch.ts', 'records: result.chunks,', 'records: result.chunks.slice(-1),')],
  },
  {
    name: 'put-out-and-taken-back',
    of: 'protocol',
    flaw: 'a classic member that was put out of a consumer group comes back with what another has by now',
    edits: [
      edit(
        join,
        'if (!isMember && subscription.owned.some(({ partitions }) => partitions.length > 0)) {',
        'if (false) {',
      ),
    ],
    world: everyWorld.group('mixed'),
  },
  {
    name: 'moved-without-what-they-own',
    of: 'protocol',
    flaw: 'a group that moves to the new protocol does not know what its members are reading',
    edits: [
      edit('lib/groups/consumer/upgrade.ts', 'asMember(state, each, owned[index] ?? [])', 'asMember(state, each, [])'),
    ],
    world: everyWorld.group('mixed'),
  },
]
