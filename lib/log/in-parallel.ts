/** Many calls, a few at a time: fan-out has a bound. */

/** The results in the order of `inputs`, at most `atOnceMax` under way. The first fault is thrown when all have ended. */
export async function inParallel<Input, Output>(
  inputs: readonly Input[],
  atOnceMax: number,
  run: (input: Input, index: number) => Promise<Output>,
): Promise<Output[]> {
  if (inputs.length === 1) return [await run(inputs[0] as Input, 0)]
  const outputs = new Array<Output>(inputs.length)
  let next = 0
  const worker = async () => {
    while (next < inputs.length) {
      const index = next++
      outputs[index] = await run(inputs[index] as Input, index)
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnceMax, inputs.length) }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return outputs
}
