/**
 * One client's connection. Its requests are begun one after the other: the next one when the last was answered, or has said
 * that its place in the order of things is settled (`admitNext`), so that a producer's requests in flight share a flush.
 * Answers leave in the order of the requests. Backpressure goes both ways: while too much is unanswered nothing is read,
 * while too much is unsent nothing is begun.
 */
import type { Socket } from 'node:net'
import {
  connectionHeldBytesMax,
  connectionRequestsMax,
  connectionRequestsPerTurn,
  connectionUnsentBytesMax,
  requestOverheadBytes,
} from '../base/limits.ts'
import { systemCode } from '../base/system-code.ts'
import type { Served, Transport } from '../broker/broker.ts'
import { ClosesConnection } from '../broker/handler.ts'
import { FrameSplitter } from '../wire/frames.ts'
import { MalformedFrame } from '../wire/wire-errors.ts'
import { type Answer, AnswerQueue, type Place } from './answer-queue.ts'
import { ClientWindow } from './client-window.ts'
import type { ConnectionPlace } from './connection-place.ts'
import { readDirectly } from './direct-reads.ts'
import type { CloseReason } from './gateway-metrics.ts'
import type { BudgetReader } from './memory-budget.ts'

export class Connection implements BudgetReader {
  readonly #socket: Socket
  readonly #place: ConnectionPlace
  readonly #splitter: FrameSplitter
  readonly #gone = new AbortController()
  readonly #transport: Omit<Transport, 'admitNext'>
  /** Whole requests that are not begun. */
  readonly #waiting: { readonly frame: Buffer; readonly sentMs: number }[] = []
  readonly #begun = new AnswerQueue()
  /** The last request that was begun lets the next one begin. */
  #admitted = true
  /** Bytes of requests that are whole and not answered, and of the one that is coming. */
  #heldBytes = 0
  #pendingBytes = 0
  /** Bytes of answers that are made and not yet given to the socket, and of those that the client has not taken from it. */
  #readyBytes = 0
  #unsentBytes = 0
  #pumping = false
  #flushing = false
  #begunThisTurn = 0
  readonly #window = new ClientWindow()
  #restsThisTurn = false
  #state: 'open' | 'draining' | 'closed' = 'open'
  #activeMs: number

  /** `accepted`: paused, and to be used by nobody else from now on. */
  constructor(accepted: Socket, place: ConnectionPlace) {
    this.#place = place
    const { memory } = place
    this.#splitter = new FrameSplitter(place.frameBytesMax, memory)
    this.#activeMs = place.clock.now()
    this.#transport = {
      clientHost: `/${place.address}`,
      signal: this.#gone.signal,
      waitMsMax: Number.POSITIVE_INFINITY,
      responseBytesMax: Number.POSITIVE_INFINITY,
      moreIsDue: () => this.#state === 'open' && this.#window.hasRoom(this.#begun.length),
    }
    const direct = readDirectly(accepted, {
      room: () => this.#splitter.rest ?? memory.between,
      read: (bytes) => this.#read(bytes, () => this.#splitDirect(bytes)),
    })
    const socket = direct ?? accepted
    this.#socket = socket
    if (direct === undefined) {
      socket.on('data', (chunk: Buffer) => this.#read(chunk.length, () => this.#splitter.push(chunk)))
    }
    socket.on('drain', () => this.#drained())
    socket.on('error', (fault) => this.#place.log.debug({ peer: this.peer, code: systemCode(fault) }, 'socket error'))
    socket.on('close', () => this.#closed())
  }

  /** For log lines. */
  get peer(): string {
    return this.#place.peer
  }

  /** When it last did something, ms; undefined while a request is under way, however long that takes. */
  get idleSinceMs(): number | undefined {
    return this.#begun.length > 0 ? undefined : this.#activeMs
  }

  /** Bytes of answers that the client has not taken. */
  get unsentBytes(): number {
    return this.#unsentBytes
  }

  /** Begins to read. */
  start(): void {
    this.#socket.resume()
  }

  /** Part of the budget's promise: there may be room again. */
  resume(): void {
    if (this.#state === 'open' && this.#mayRead()) this.#socket.resume()
  }

  expel(): void {
    this.cut('memory', 'its request did not come to an end, and memory is short')
  }

  /** Closes at once, with a line: nothing more is answered. */
  cut(reason: CloseReason, words: string, fault?: unknown): void {
    if (this.#socket.destroyed) return
    const { log, metrics } = this.#place
    metrics.connectionsClosed[reason] += 1
    const level = reason === 'failed' ? 'error' : 'warn'
    log[level]({ peer: this.peer, ...faultFields(fault) }, `connection closed: ${words}`)
    this.#socket.destroy()
  }

  /** Closes at once and says nothing: it is idle, or this process ends. */
  destroy(): void {
    this.#socket.destroy()
  }

  /**
   * Takes no more requests and answers what was begun; resolves when that is sent, or the client is gone. What waits (a long
   * poll) answers what it has.
   */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once('finish', resolve)
      this.#socket.once('close', () => resolve())
      if (this.#state !== 'open') return
      this.#state = 'draining'
      this.#waiting.length = 0
      this.#gone.abort()
      // What still comes is read and dropped, so that the client's own end is seen.
      this.#socket.resume()
      this.#endWhenAnswered()
    })
  }

  /** The frames that so many bytes complete, which lie where they were wanted. */
  #splitDirect(bytes: number): Buffer[] {
    const splitter = this.#splitter
    if (splitter.rest === undefined) return splitter.push(this.#place.memory.between.subarray(0, bytes))
    const frame = splitter.filled(bytes)
    return frame === undefined ? [] : [frame]
  }

  #read(bytes: number, split: () => Buffer[]): void {
    if (this.#state !== 'open') return
    this.#place.metrics.bytesIn += bytes
    if (!this.#restsThisTurn) this.#begunThisTurn = 0
    let frames: Buffer[]
    try {
      frames = split()
    } catch (fault) {
      this.cut('malformed', 'no Kafka frame', fault)
      return
    }
    const { pendingBytes } = this.#splitter
    let heldBytes = pendingBytes - this.#pendingBytes
    this.#pendingBytes = pendingBytes
    const sentMs = this.#place.pulse.earliestMs
    for (const frame of frames) {
      heldBytes += heldBy(frame)
      this.#waiting.push({ frame, sentMs })
    }
    this.#hold(heldBytes)
    if (frames.length > 0) {
      this.#activeMs = this.#place.clock.now()
      this.#pump()
    }
    if (!this.#mayRead()) this.#socket.pause()
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes
    this.#place.budget.add(bytes)
  }

  #mayRead(): boolean {
    const isAnswering = this.#begun.length > 0 || this.#waiting.length > 0
    if (isAnswering && this.#heldBytes >= connectionHeldBytesMax) return false
    return this.#place.budget.mayRead(this, this.#pendingBytes > 0)
  }

  /** Begins what may begin. Never re-entered: a request that admits the next one within its own call returns first. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    while (this.#waiting.length > 0 && this.#mayBegin()) {
      const next = this.#waiting.shift()
      if (next !== undefined) this.#begin(next.frame, next.sentMs)
    }
    this.#pumping = false
  }

  #mayBegin(): boolean {
    if (!this.#admitted || this.#state !== 'open' || this.#begun.length >= connectionRequestsMax) return false
    if (this.#readyBytes + this.#unsentBytes >= connectionUnsentBytesMax) return false
    if (this.#begunThisTurn < connectionRequestsPerTurn) return true
    this.#pumpNextTurn()
    return false
  }

  /** Others have their turn first: answers that need no waiting would else keep the event loop here. */
  #pumpNextTurn(): void {
    if (this.#restsThisTurn) return
    this.#restsThisTurn = true
    void this.#place.clock.sleep(0).then(() => {
      this.#restsThisTurn = false
      this.#begunThisTurn = 0
      this.#pump()
    })
  }

  #begin(frame: Buffer, sentMs: number): void {
    const { broker, clock, metrics, memory } = this.#place
    const place = this.#begun.begin(heldBy(frame))
    const beganMs = clock.now()
    this.#begunThisTurn += 1
    this.#admitted = false
    const admitNext = () => this.#admit(place)
    const afterSent = (act: () => void) => place.afterSent.push(act)
    const giveBack = memory.isLent(frame) && { giveBack: () => memory.giveBack(frame) }
    broker.handle(frame, { ...this.#transport, sentMs, admitNext, afterSent, ...giveBack }).then(
      (served) => {
        metrics.served(served, clock.now() - beganMs)
        this.#answered(place, served)
      },
      (fault) => this.#failed(fault),
    )
  }

  #admit(place: Place): void {
    if (this.#admitted || !this.#begun.isNewest(place)) return
    this.#admitted = true
    this.#pump()
  }

  #answered(place: Place, { response }: Served): void {
    if (this.#state === 'closed') return
    this.#begun.settle(place, response)
    if (response !== 'no-response') for (const piece of response) this.#readyBytes += piece.length
    if (this.#begun.isReady && !this.#flushing) {
      // Requests that shared a flush are answered within one turn: their answers go out as one write.
      this.#flushing = true
      this.#place.defer(() => this.#flush())
    }
    this.#admit(place)
  }

  #failed(fault: unknown): void {
    if (fault instanceof MalformedFrame) this.cut('malformed', 'a request that cannot be served', fault)
    // In the place of an answer, to a client that waits for none: one warning is enough.
    else if (fault instanceof ClosesConnection) this.cut('unanswered', fault.message, fault.cause)
    else this.cut('failed', 'a request failed', fault)
  }

  #flush(): void {
    this.#flushing = false
    if (this.#state === 'closed') return
    const socket = this.#socket
    let released = 0
    this.#window.answered(this.#begun.length)
    socket.cork()
    for (let place = this.#begun.take(); place !== undefined; place = this.#begun.take()) {
      released += place.heldBytes
      this.#write(place.answer, place.afterSent)
    }
    socket.uncork()
    this.#activeMs = this.#place.clock.now()
    this.#noteUnsent(socket.writableLength)
    this.#hold(-released)
    this.#pump()
    if (this.#state === 'draining') this.#endWhenAnswered()
    else if (socket.isPaused()) this.resume()
  }

  #write(answer: Answer, afterSent: readonly (() => void)[]): void {
    if (answer === 'no-response') return
    // Called when the system has the bytes of this piece and of all before it. Of an answer that failed nobody knows.
    const sent = (fault: Error | null | undefined) => {
      if (!fault) for (const act of afterSent) act()
    }
    for (const [index, piece] of answer.entries()) {
      this.#readyBytes -= piece.length
      this.#place.metrics.bytesOut += piece.length
      if (index === answer.length - 1 && afterSent.length > 0) this.#socket.write(piece, sent)
      else this.#socket.write(piece)
    }
  }

  #drained(): void {
    this.#activeMs = this.#place.clock.now()
    this.#noteUnsent(this.#socket.writableLength)
    this.#pump()
  }

  #noteUnsent(bytes: number): void {
    if (bytes === this.#unsentBytes) return
    const change = bytes - this.#unsentBytes
    this.#unsentBytes = bytes
    this.#place.noteUnsent(change)
  }

  #endWhenAnswered(): void {
    if (this.#begun.length === 0) this.#socket.end()
  }

  #closed(): void {
    this.#state = 'closed'
    this.#gone.abort()
    this.#noteUnsent(0)
    this.#place.budget.add(-this.#heldBytes)
    this.#heldBytes = 0
    this.#waiting.length = 0
    this.#place.budget.leave(this)
    this.#place.closed()
  }
}

const heldBy = (frame: Buffer): number => frame.length + requestOverheadBytes

/** What a log line says of a fault: of a malformed frame its message, of anything else all. */
const faultFields = (fault: unknown): object =>
  fault === undefined ? {} : fault instanceof MalformedFrame ? { reason: fault.message } : { err: fault }
