/** Which of its world's languages a client speaks. */
import type { Entropy } from '../../../lib/base/entropy.ts'
import type { Speech } from '../features.ts'
import type { World } from '../world.ts'
import { FrameLine } from './frame-line.ts'
import { HttpLine } from './http-line.ts'
import type { Line } from './line.ts'
import { LogLine } from './log-line.ts'

/** `takes`: what this client can do with. Where its world has none of that, it calls the log. */
export function drawLine(world: World, client: string, entropy: Entropy, takes: (speech: Speech) => boolean): Line {
  const speeches = world.features.speeches.filter(takes)
  const speech = speeches.length < 2 ? speeches[0] : speeches[Math.floor(entropy.fraction() * speeches.length)]
  if (speech === 'http') return new HttpLine(world)
  if (speech === undefined || speech === 'log') return new LogLine(world)
  return new FrameLine(world, client, speech === 'frames by name' ? 'name' : 'id')
}
