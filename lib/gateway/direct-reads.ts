/**
 * Reads a server's connection into memory of our own, as the option `onread` of `net.Socket` does for a client's. Without it
 * Node makes a buffer of 64 KiB for each read. Node has no public way to it for connections that a server
 * accepts, so this takes the accepted socket's handle and gives it to another socket; where that is not there, nothing is
 * done, and `data` events say what has come.
 */
import { Socket } from 'node:net'

export interface DirectReader {
  /** Where the next bytes are put, one at least; asked once before each read. */
  room(): Uint8Array
  /** So many bytes lie where `room` said. */
  read(bytes: number): void
}

/** What Node 24 keeps of a connection, though it does not say so. */
interface Accepted {
  _handle?: { reading?: boolean; useUserBuffer?: unknown } | null
  _server?: unknown
  server?: unknown
}

/**
 * The socket to use from now on, paused; `undefined`: this Node cannot. `accepted` must be paused from its beginning
 * (`pauseOnConnect`), and is not to be used again.
 */
export function readDirectly(accepted: Socket, reader: DirectReader): Socket | undefined {
  const old = accepted as unknown as Accepted
  const handle = old._handle
  if (!handle || typeof handle.useUserBuffer !== 'function' || !('_server' in old)) return undefined
  const onread = {
    buffer: () => reader.room(),
    callback: (bytes: number) => {
      reader.read(bytes)
      return true
    },
  }
  const options = { handle, onread, allowHalfOpen: accepted.allowHalfOpen, pauseOnCreate: true }
  const socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0])
  const own = socket as unknown as Accepted
  // The server counts its connections: this one is now that one.
  own._server = old._server
  own.server = old.server
  old._handle = null
  return socket
}
