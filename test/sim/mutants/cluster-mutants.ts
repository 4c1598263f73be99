/** Flaws of elections, leases, groups and their offsets. */
import { edit, everyWorld, type Mutant } from './mutant.ts'

const writer = 'lib/log/partition-writer.ts'
const actor = 'lib/groups/group-actor.ts'

export const clusterMutants: readonly Mutant[] = [
  {
    name: 'append-under-a-new-epoch',
    of: 'leadership',
    flaw: 'a batch that was accepted under one epoch is appended under the next, after its client has asked another leader',
    edits: [edit(writer, '    if (ready.some(isOfOtherEpoch(head))) return this.#fence(head, ready)\n')],
  },
  {
    name: 'elect-without-the-epoch-guard',
    of: 'leadership',
    flaw: 'an election by an old view deposes the leader that came after it',
    edits: [
      edit(
        'lib/log/election.ts',
        'meta.update(headKey(id), electionOf(view, leader), [epochIs(view.epoch)]),',
        'meta.update(headKey(id), electionOf(view, leader)),',
      ),
    ],
  },
  {
    name: 'no-epoch-clause',
    of: 'leadership',
    flaw: 'a deposed leader’s append lands',
    edits: [edit('lib/log/attempt.ts', "    { name: 'epoch', clause: epochIs(head.epoch) },\n")],
  },
  {
    name: 'lease-never-lapses',
    of: 'leadership',
    flaw: 'a broker takes its lease to hold, however long it has not renewed it',
    edits: [
      edit(
        'lib/cluster/leased-brokers.ts',
        'return holds ? lease.sinceMs : undefined',
        'return holds ? lease.sinceMs : lease.sinceMs',
      ),
    ],
    world: everyWorld.group('mixed'),
  },
  {
    name: 'answer-before-the-group-is-stored',
    of: 'groups',
    flaw: 'members are answered by a state that is not stored yet, and perhaps never will be',
    edits: [
      edit(
        actor,
        'const { replies } = await this.#settle(batch)',
        `await this.#known()
      const { replies } = await this.#apply(batch.map((queued) => queued.event))
      void this.#settle(batch).catch(() => undefined)`,
      ),
    ],
  },
  {
    name: 'group-state-without-its-guard',
    of: 'groups',
    flaw: 'of two coordinators that store a group’s state at once the second overwrites the first',
    edits: [
      edit(
        'lib/groups/state-item.ts',
        "seen === undefined ? createStateGuard : [{ path: ['write'], is: '=', than: { value: seen.write } }]",
        'seen === undefined ? createStateGuard : []',
      ),
    ],
  },
  {
    name: 'commit-without-the-generation',
    of: 'groups',
    flaw: 'a member of an older generation moves offsets that a later one reads from',
    edits: [
      edit(
        'lib/groups/offsets-item.ts',
        "return [isThere, { path: ['generation'], is: '<=', than: { value: generation } }]",
        'return [isThere]',
      ),
    ],
  },
  {
    name: 'no-fence',
    of: 'groups',
    flaw: 'members learn a new generation before the offsets are closed to the old one',
    edits: [edit('lib/groups/group-store.ts', '      await raiseFence(this.#ports, group, fence.raised)\n')],
  },
  {
    name: 'new-offsets-take-any-commit',
    of: 'groups',
    flaw: 'offsets that were stored after the fence had passed take commits of the generation before it',
    isRare: true,
    edits: [
      edit(
        'lib/groups/offsets-commit.ts',
        'newItemOf(this.#key, this.#shard.topic, mark())',
        'shardToItem(this.#key, { topic: this.#shard.topic, generation: noGeneration, offsets: this.#offsets(new Map()) })',
      ),
    ],
    world: everyWorld.group('consumer'),
  },
  {
    name: 'late-commits-land',
    of: 'groups',
    flaw: 'a late copy of a commit takes an offset back',
    edits: [edit('lib/groups/offsets-commit.ts', '[...guard, ...seenCommitsGuard(offsets.keys(), seen)]', 'guard')],
  },
  {
    name: 'given-before-it-is-given-up',
    of: 'groups',
    flaw: 'a member gets a partition that another one still reads',
    edits: [
      edit(
        'lib/groups/consumer/reconcile.ts',
        'const free = filtered(wanted, (topicId, partition) => !isHeldByOther(topicId, partition))',
        'const free = wanted',
      ),
    ],
  },
]
