/** Does many things, a bounded number of them at once, and waits for all of them even when one fails. */

/** The results in the order of `inputs`. Throws the first failure after everything that was begun has ended. */
export async function atOnce<Input, Result>(
  inputs: readonly Input[],
  countMax: number,
  work: (input: Input) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const failures: unknown[] = []
  const rest = inputs.entries()
  const worker = async () => {
    for (const [index, input] of rest) {
      try {
        results[index] = await work(input)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(countMax, inputs.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
