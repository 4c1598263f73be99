/**
 * The port to ordered, guarded state: DynamoDB's model, narrowed and made data. A guard and a change are values, not
 * strings, so one can be compiled to an expression (DynamoDB), interpreted in a transaction (SQLite, memory), named,
 * explained and tested. There is no multi-item transaction: nothing needs one.
 * Adapters: `adapters/dynamodb`, `adapters/sqlite`, `adapters/memory`. `test/conformance/meta-store.ts` says exactly what
 * each must do, and a property test holds all of them against each other.
 */
export interface MetaStore {
  get(key: Key, options?: ReadOptions): Promise<Item | undefined>

  /** The items of many keys, in the keys' order. Any number of keys, no key twice. */
  getMany(keys: readonly Key[], options?: ReadOptions): Promise<(Item | undefined)[]>

  /**
   * Items of one `pk` in the order of `sk` (bytewise), `from` and `to` included. May answer fewer than `limit` with
   * `more: true`, since a page is at most 1 MB on DynamoDB: go on after the last `sk`. Nothing may follow though `more` is
   * said. Not a snapshot.
   */
  query(pk: string, range?: QueryRange): Promise<{ items: Item[]; more: boolean }>

  /** Replaces the whole item, if the guard holds. An item may be 400 KB by DynamoDB's own count. */
  put(item: Item, guard?: Guard): Promise<Answer>

  /**
   * Applies all of a change, if the guard holds, to the item as it was before: right-hand sides never see each other.
   * An absent item counts as one without attributes: it is created unless a clause refuses it.
   */
  update(key: Key, change: Change, guard?: Guard): Promise<Answer>

  /** Deletes the item, if the guard holds; absent and unguarded is `done`. `done` carries the item as it was. */
  delete(key: Key, guard?: Guard): Promise<{ done: Item | undefined } | { refused: Item | undefined }>
}

/**
 * `done` carries the item as it is now, `refused` as it is instead (`undefined`: there is none). Every write that fails
 * otherwise throws `OutcomeUnknown` (may have happened) or `StoreUnavailable` (did not).
 */
export type Answer = { readonly done: Item } | { readonly refused: Item | undefined }

export interface Key {
  /** Partition key, 1 to 2,048 bytes of UTF-8. */
  readonly pk: string
  /** Sort key, 1 to 1,024 bytes of UTF-8. */
  readonly sk: string
}

/** Numbers are safe integers. Bytes stand at the top level of an item only, never inside a map or a list. */
export type Value = string | number | boolean | Uint8Array | readonly Value[] | { readonly [name: string]: Value }

/** No name, here or in a map, is empty, longer than 65,535 bytes, or `__proto__`. */
/** What is answered may be frozen; its bytes are the caller's own, to change at will. What is given is not kept. */
export interface Item extends Key {
  readonly [attribute: string]: Value
}

export interface ReadOptions {
  /** Strongly consistent: sees every write that was answered before. Costs double. Default false. */
  readonly strong?: boolean
}

export interface QueryRange extends ReadOptions {
  readonly from?: string
  readonly to?: string
  readonly reverse?: boolean
  readonly limit?: number
}

/** An attribute, or what lies in a map below it: `['tail', id]`. */
export type Path = readonly [string, ...string[]]

/** All clauses must hold. */
export type Guard = readonly Clause[]

/** A comparison with a path that is absent, or with a value of another type, is false. */
export type Clause =
  | { readonly path: Path; readonly is: 'present' | 'absent' }
  | {
      readonly path: Path
      readonly is: '=' | '<' | '<=' | '>' | '>='
      readonly than: { readonly value: string | number | boolean } | { readonly path: Path }
      /** Holds as well when `path` is absent. */
      readonly orAbsent?: true
    }
  /** The number of entries of a map or list, of bytes of a byte string, of UTF-16 units of a string. */
  | { readonly path: Path; readonly is: 'size<'; readonly than: number }

/** All at once; no two paths of one change may be equal or contain each other. */
export type Change = readonly Assignment[]

export type Assignment =
  | { readonly set: Path; readonly to: Source }
  /** Removing what is absent changes nothing. */
  | { readonly remove: Path }

/** What a path is set to, read from the item as it was before the change. */
export type Source =
  | { readonly value: Value }
  | { readonly path: Path; readonly plus?: number }
  /** The value at `path`, or, when it is absent, that of `or`. */
  | { readonly path: Path; readonly or: { readonly value: Value } | { readonly path: Path } }
