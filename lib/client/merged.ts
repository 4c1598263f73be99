/**
 * Many sources as one, a bounded number of them at a time, each in its own order. What a source brings is queued and wakes
 * whoever waits: racing the sources' promises instead would hang a reaction on every quiet one for each thing that a busy
 * one brings.
 */

type Source<T> = AsyncGenerator<T, void, undefined>
type Arrival<T> = { readonly source: Source<T>; readonly next: IteratorResult<T, void> } | { readonly fault: unknown }

/**
 * What the sources bring, as it comes. The first fault of a source is thrown. `stop` is called when reading ends for any
 * reason, and must make sources that wait end: they are waited for.
 */
export async function* merged<T>(
  sources: readonly (() => Source<T>)[],
  atOnceMax: number,
  stop: () => void,
): Source<T> {
  const arrivals: Arrival<T>[] = []
  const waiting = sources.values()
  let running = 0
  let wake = () => {}
  const advance = (source: Source<T>) => {
    running += 1
    const arrive = (arrival: Arrival<T>) => {
      running -= 1
      arrivals.push(arrival)
      wake()
    }
    source.next().then(
      (next) => arrive({ source, next }),
      (fault) => arrive({ fault }),
    )
  }
  const openNext = () => {
    const { value: open } = waiting.next()
    if (open) advance(open())
  }
  const arrived = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  let isWhole = false
  try {
    for (let opened = 0; opened < atOnceMax; opened++) openNext()
    while (running > 0 || arrivals.length > 0) {
      const arrival = arrivals.shift()
      if (arrival === undefined) {
        await arrived()
        continue
      }
      if ('fault' in arrival) throw arrival.fault
      const { source, next } = arrival
      if (next.done) openNext()
      else {
        advance(source)
        yield next.value
      }
    }
    isWhole = true
  } finally {
    if (!isWhole) stop()
    while (running > 0) await arrived()
  }
}
