/**
 * Many calls, a few at a time: fan-out has a bound. So have faults: a lane that meets one takes no more work, and a store
 * that is down is asked at most once a lane.
 */

/**
 * The results in the order of `inputs`, with at most `atOnceMax` calls under way. Throws the first lane's fault once
 * everything that was begun has ended; what was not begun by then never is.
 */
export async function inParallel<Input, Output>(
  inputs: readonly Input[],
  atOnceMax: number,
  run: (input: Input, index: number) => Promise<Output>,
): Promise<Output[]> {
  const outputs = new Array<Output>(inputs.length)
  const rest = inputs.entries()
  const lane = async () => {
    for (const [index, input] of rest) outputs[index] = await run(input, index)
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnceMax, inputs.length) }, lane))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return outputs
}
