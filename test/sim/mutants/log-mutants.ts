/** The flaws of the commit protocol, each one a clause, an order or a look that is left out. */
import { edit, type Mutant } from './mutant.ts'

const attempt = 'lib/log/attempt.ts'
const writer = 'lib/log/partition-writer.ts'
const fold = 'lib/log/fold.ts'
const lookup = 'lib/log/index-lookup.ts'
const update = 'lib/log/head-update.ts'
const missing = 'lib/log/missing-batches.ts'
const begins = 'lib/log/producer-begins.ts'

/** Pointers that do not join are taken for joined. */
const joinsAnything = edit(
  lookup,
  `    if (entry.base > this.position) {
      this.torn = true
      return
    }
`,
)

export const logMutants: readonly Mutant[] = [
  {
    name: 'acknowledge-before-the-update',
    of: 'log',
    flaw: 'a batch is acknowledged where it is expected to land, before the update of the head is sent',
    edits: [
      edit(
        writer,
        '    const deadlineMs = Math.min(...ready.map(({ batch }) => batch.deadlineMs))\n',
        `    const deadlineMs = Math.min(...ready.map(({ batch }) => batch.deadlineMs))
    const expected = new Map<string, number>()
    let at: number = head.next
    for (const run of attempt.runs) {
      expected.set(run.key, at)
      at += run.count
    }
    const { logStart: logStartOffset } = head
    this.#answer(
      basesOf(attempt, expected).map(({ placed, base }) => [placed, { outcome: 'appended', baseOffset: base, logStartOffset }]),
    )
`,
      ),
    ],
  },
  {
    name: 'no-pointer-clause',
    of: 'log',
    flaw: 'the second copy of an update that landed is not refused',
    edits: [
      edit(attempt, "    ...runs.map(({ key }): NamedClause => ({ name: 'pointer', clause: pointerAbsent(key) })),\n"),
    ],
  },
  {
    name: 'no-view-clause',
    of: 'log',
    flaw: 'tailStart <= n is not asked: a copy lands again after a fold has moved its pointer to a page',
    edits: [edit(attempt, "    { name: 'view', clause: viewNotOlderThanTail(head.next) },\n")],
  },
  {
    name: 'no-read-back',
    of: 'log',
    flaw: 'what is not in the tail is taken not to have landed, though a fold may have moved it to a page',
    size: 'medium',
    edits: [
      edit(
        'lib/log/locate.ts',
        "  if (head.tailStart <= attempt.seenNext) return { found: 'absent' }\n",
        "  return { found: 'absent' }\n",
      ),
    ],
  },
  {
    name: 'read-back-believes-segments',
    of: 'log',
    flaw: 'a pointer that is not in consolidated pages is taken not to have landed',
    size: 'medium',
    world: [
      edit('test/sim/world.ts', 'this.#partitions = any(1, 1, 2, 3)', 'this.#partitions = 1'),
      edit('test/sim/weather.ts', 'late: share(0.1)', 'late: scale * 0.2'),
      edit('test/sim/world.ts', 'consolidateBytesMin: any(1, 1, 500)', 'consolidateBytesMin: 1'),
      edit('test/sim/run-world.ts', 'const cleaners = Math.floor(fraction() * 3)', 'const cleaners = 2'),
      edit('test/sim/weather.ts', "'answer-lost': share(0.1)", "'answer-lost': scale * 0.2"),
      edit('test/sim/weather.ts', 'pause: share(0.5)', 'pause: scale * 0.5'),
      edit('test/sim/run-world.ts', 'const isPlain = fraction() < 0.4', 'const isPlain = fraction() < 0.9'),
      edit(
        'test/sim/clients/others.ts',
        'entropy.fraction() * 2.5 * world.readPauseMs',
        'entropy.fraction() * 0.3 * world.readPauseMs',
      ),
    ],
    edits: [
      edit(
        'lib/log/locate.ts',
        'if (page.base > covered || page.segment) return false',
        'if (page.base > covered) return false',
      ),
    ],
  },
  {
    name: 'cancel-without-the-floor',
    of: 'log',
    flaw: 'an unknown update is looked for, but not cancelled, before its batches go under another name',
    edits: [
      edit(
        update,
        `      const answer = await meta.update(headKey(id), change, [headPresent, floorIsBelow(attempt.nameTimeMs)])
      item = 'done' in answer ? answer.done : answer.refused
`,
        `      void change
      item = await meta.get(headKey(id), { strong: true })
`,
      ),
      // Without the floor in the view nothing demands another name.
      edit(
        writer,
        'const swept = ready.filter(({ flush }) => nameTime(flush.name) <= head.floorMs)',
        'const swept = ready.filter(({ flush }) => nameTime(flush.name) <= head.floorMs || this.#renamed.delete(flush))',
      ),
      edit(
        writer,
        '        this.#cutOut(ready, attempt.clauses, fate.head)\n',
        '        this.#cutOut(ready, attempt.clauses, fate.head)\n        for (const { flush } of ready) this.#renamed.add(flush)\n',
      ),
      edit(writer, '  #refusalsInARow = 0\n\n', '  #refusalsInARow = 0\n  readonly #renamed = new Set<Flush>()\n\n'),
    ],
  },
  {
    name: 'cut-after-an-ambiguous-refusal',
    of: 'log',
    flaw: 'a gap in the sequence is taken for final: the batch is cut out and the rest sent anew, while a copy may still land',
    world: [
      edit('test/sim/world.ts', 'this.#partitions = any(1, 1, 2, 3)', 'this.#partitions = 1'),
      edit('test/sim/weather.ts', 'late: share(0.1)', 'late: scale * 0.2'),
      edit('test/sim/world.ts', 'lingerMs: any(0, 0, 2)', 'lingerMs: 2'),
      edit('test/sim/clients/producers.ts', 'below(entropy, 5) === 0', 'below(entropy, 2) === 0'),
    ],
    edits: [
      edit(
        update,
        '    if (refusal.final) return',
        "    if (refusal.final || refusal.failed.some(({ name }) => name === 'producer')) return",
      ),
    ],
  },
  {
    name: 'no-producer-clause',
    of: 'log',
    flaw: 'a producer’s sequence is judged by the view, and not by the head itself',
    edits: [edit(attempt, "    clauses.push({ name: 'producer', clause, first })\n")],
  },
  {
    name: 'begins-anywhere',
    of: 'log',
    flaw: 'a new producer begins with whatever arrives first, and what it sent before is a duplicate of nothing',
    edits: [
      edit(missing, ' || (claim.firstSequence > 0 && !isSeenBefore)'),
      edit(
        begins,
        '  return first.firstSequence === 0 ? undefined : stateBefore(first)\n',
        '  void [first, stateBefore]\n  return undefined\n',
      ),
    ],
  },
  {
    name: 'begins-when-first-seen',
    of: 'log',
    flaw: 'a new producer is not asked again when it does not begin at 0: what comes before it has lost its place for ever',
    edits: [edit(missing, ' || (claim.firstSequence > 0 && !isSeenBefore)')],
  },
  {
    name: 'page-put-overwrites',
    of: 'log',
    flaw: 'a page is put whether there is one or not',
    edits: [
      edit(
        fold,
        'meta.put(newPage(id, head.tailStart, leaving), [pageAbsent])',
        'meta.put(newPage(id, head.tailStart, leaving))',
      ),
    ],
  },
  {
    name: 'drop-the-folder’s-own-view',
    of: 'log',
    flaw: 'the fold drops the pointers that it has seen, and not those of the page that is there',
    edits: [edit(fold, 'const keys = there.map(({ key }) => key)', 'const keys = leaving.map(({ key }) => key)')],
  },
  {
    name: 'evict-at-will',
    of: 'log',
    flaw: 'a producer is evicted whose last batch still lies in the tail, or that has written since',
    edits: [
      edit(fold, 'state === undefined || last >= newTailStart ||', 'state === undefined ||'),
      edit(attempt, "    { name: 'eviction', clause: producerWroteLastAt(producerId, lastBatch) },\n"),
      edit(
        'lib/log/folder.ts',
        'evictions: drop.evictions.filter(({ producerId, lastBatch }) => head.lastBatches[producerId] === lastBatch),',
        'evictions: drop.evictions.filter(({ producerId }) => head.producers[producerId] !== undefined),',
      ),
    ],
  },
  {
    name: 'pipelined-updates',
    of: 'log',
    flaw: 'the next update of a head is sent before the one before it is answered',
    edits: [
      edit(
        writer,
        'await this.#pace.timed(async () => this.#append(await this.#readView(), ready))',
        `{
          const view = await this.#readView()
          this.#queue = this.#queue.filter((placed) => !ready.includes(placed))
          void this.#append(view, ready).catch(() => undefined)
        }`,
      ),
      edit(
        writer,
        'for (const placed of waiting) {',
        'for (const placed of new Set([...waiting, ...results.keys()])) {',
      ),
    ],
  },
  {
    name: 'pages-before-the-head',
    of: 'log',
    flaw: 'a read takes the pages first and the head after them, and does not see that they do not join',
    edits: [
      joinsAnything,
      edit(
        lookup,
        '    if (joined.position >= head.tailStart) joined.takeAll(indexedTail(id, head))\n    return joined.entries.length',
        `    const [{ parseHead }, { headKey }] = await Promise.all([import('./head.ts'), import('./keys.ts')])
    const item = await this.#meta.get(headKey(id), { strong: true })
    joined.takeAll(indexedTail(id, item ? parseHead(item) : head))
    return joined.entries.length`,
      ),
    ],
  },
  {
    name: 'steps-over-a-gap',
    of: 'log',
    flaw: 'a reader passes over pointers that do not join',
    edits: [
      joinsAnything,
      edit(
        lookup,
        '    if (joined.position >= head.tailStart) joined.takeAll(indexedTail(id, head))\n    return joined.entries.length',
        '    joined.takeAll(indexedTail(id, head))\n    return joined.entries.length',
      ),
    ],
  },
  {
    name: 'no-floor-clause',
    of: 'janitor',
    flaw: 'an append does not ask for the floor: a late one names bytes that were swept',
    edits: [edit(attempt, "    { name: 'floor', clause: aboveFloor(nameTimeMs) },\n")],
  },
  {
    name: 'sweep-without-the-floor',
    of: 'janitor',
    flaw: 'bytes are swept that no index names, without first refusing the update that would',
    edits: [
      edit(
        'lib/log/references.ts',
        '  const head = await raiseFloor(parts, id, timeMs)\n',
        `  void raiseFloor
  const item = await parts.meta.get(headKey(id), { strong: true })
  const head = item && parseHead(item)
`,
      ),
    ],
  },
  {
    name: 'no-rev-clause',
    of: 'janitor',
    flaw: 'a page is made to point at a segment whatever has happened to it since it was read',
    size: 'medium',
    edits: [
      edit(
        'lib/log/consolidate.ts',
        '      [pageUnchangedSince(page.rev)],\n',
        "      [{ path: ['rev'], is: 'present' }],\n",
      ),
    ],
  },
]
