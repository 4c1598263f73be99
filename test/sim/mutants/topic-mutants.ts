/** Flaws of topics that come and go, and of what expires in them. */
import { edit, everyWorld, type Mutant } from './mutant.ts'

const item = 'lib/cluster/topic-item.ts'
const retention = 'lib/log/retention.ts'

export const topicMutants: readonly Mutant[] = [
  {
    name: 'topic-made-over-another',
    of: 'topics',
    flaw: 'a topic is created whether one of its name is there or not',
    edits: [
      edit(
        item,
        "export const createGuard: Guard = [{ path: ['id'], is: 'absent' }]",
        'export const createGuard: Guard = []',
      ),
    ],
  },
  {
    name: 'topic-id-of-its-name',
    of: 'topics',
    flaw: 'a topic that is created anew has the id, and so the records, of the one before it',
    edits: [
      edit(
        'lib/cluster/topics.ts',
        'const id = randomUuid(this.#entropy)',
        "const id = Buffer.from(name.padEnd(16, '0')).toString('base64url').slice(0, 22) as TopicId",
      ),
    ],
  },
  {
    name: 'deletes-what-has-the-name',
    of: 'topics',
    flaw: 'a late deletion takes the topic that came after the one that it was meant for',
    edits: [
      edit(
        item,
        'guard: (id: TopicId): Guard => [isTopic(id), isAlive],',
        'guard: (_id: TopicId): Guard => [isAlive],',
      ),
    ],
    world: [everyWorld.guests],
  },
  {
    name: 'alters-what-was-altered',
    of: 'topics',
    flaw: 'of two that add partitions at once the second takes back what the first has added',
    edits: [
      edit(
        item,
        "    isAlive,\n    { path: ['version'], is: '=', than: { value: topic.version } },\n",
        '    isAlive,\n',
      ),
    ],
    world: [everyWorld.guests],
  },
  {
    name: 'remembers-topics-for-ever',
    of: 'topics',
    flaw: 'a process appends for ever to the topic that had the name when it first looked',
    edits: [edit('lib/cluster/topic-cache.ts', 'return ageMs >= 0 && ageMs < this.#cacheMs', 'return ageMs >= 0')],
    world: [
      everyWorld.guests,
      everyWorld.speaks('frames by name'),
      edit('test/sim/clients/fleeting.ts', 'const pauseMs = 800', 'const pauseMs = 8_000'),
      edit('test/sim/weather.ts', 'skew: share(0.5)', 'skew: 0'),
    ],
  },
  {
    name: 'deleted-without-a-fence',
    of: 'topics',
    flaw: 'a deleted topic’s partitions are emptied, and still take appends',
    edits: [
      edit(
        'lib/janitor/deletions.ts',
        '  await inParallel(ids, janitorPartitionsAtOnce, (id) => fencePartition(work, id))\n',
      ),
    ],
  },
  {
    name: 'deletes-what-others-lie-in',
    of: 'topics',
    flaw: 'a deleted topic takes objects along in which another topic’s batches lie',
    edits: [
      edit(
        'lib/log/own-objects.ts',
        'entries?.every(({ topicId, partition }) =>',
        'entries?.some(({ topicId, partition }) =>',
      ),
    ],
    world: [everyWorld.guests],
  },
  {
    name: 'expires-while-it-is-young',
    of: 'janitor',
    flaw: 'retention by time takes all that is older than now',
    edits: [edit(retention, 'nowMs - unit.newestMs > retentionMs', 'nowMs - unit.newestMs > 0')],
  },
  {
    name: 'expires-one-too-many',
    of: 'janitor',
    flaw: 'retention by size goes on until less than retention.bytes is left',
    edits: [
      edit(
        retention,
        'if (this.#bytes - oldest.bytes < this.#bytesMin) break',
        'if (this.#bytes < this.#bytesMin) break',
      ),
    ],
  },
  {
    name: 'deletes-the-page-of-the-start',
    of: 'janitor',
    flaw: 'the page that the log’s start lies in is deleted with those below it',
    edits: [
      edit(retention, "typeof end === 'number' && end <= logStart", "typeof end === 'number'"),
      edit(retention, ", [{ path: ['end'], is: '<=', than: { value: logStart } }]"),
    ],
  },
  {
    name: 'deleted-bytes-are-read',
    of: 'log',
    flaw: 'a reader below the log’s start is given what lies there still, until it does not',
    edits: [
      edit('lib/log/read.ts', 'if (from < head.logStart || from > head.next) {', 'if (from > head.next) {'),
      edit(
        'lib/log/read.ts',
        'return from >= head.logStart && from < readLimit(head, isolation)',
        'return from < readLimit(head, isolation)',
      ),
    ],
  },
]
