/**
 * Ports for servers that go down and come back: below those that the system gives to whoever asks for any (32768 and up on
 * Linux), so that nobody is given one of them meanwhile.
 */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

const ports = { from: 15_000, to: 32_000 }

/** A port of 127.0.0.1 that is free, and that stays so unless it is asked for by its number. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = randomInt(ports.from, ports.to)
    const server = createServer()
    server.listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      (fault: NodeJS.ErrnoException) => {
        if (fault.code === 'EADDRINUSE') return false
        throw fault
      },
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
