// What the window has read from the host. A value is read again when the host names one of its tags.
import { untrack } from 'svelte';
import { host, toHostError, type HostError } from '../host';

/** Between two readings of one value, in milliseconds: typing tells of changes far oftener than a list need follow. */
const gap = 250;

/** One value of the host with its state. `data` stays while it is read again, so a view never blanks. */
export class Query<T> {
	data = $state.raw<T>();
	error = $state.raw<HostError | null>(null);
	loading = $state(false);
	readonly tags: string[];
	#pause: number;
	#fetch: () => Promise<T>;
	#watchers = 0;
	#stale = true;
	#again = false;
	#read = 0;
	#later: ReturnType<typeof setTimeout> | null = null;

	constructor(tags: string[], fetch: () => Promise<T>, pause = gap) {
		this.#pause = pause;
		this.tags = tags;
		this.#fetch = fetch;
	}

	/** Reads it if need be and keeps it fresh until the answer is called. */
	watch(): () => void {
		this.#watchers += 1;
		if (this.#stale) void this.load();
		return () => {
			this.#watchers -= 1;
		};
	}

	/** Marks it old: read again now if somebody looks at it, else when somebody does. */
	invalidate(): void {
		this.#stale = true;
		if (this.#watchers === 0 || this.#later !== null) return;
		const wait = Math.max(0, this.#read + this.#pause - Date.now());
		if (wait === 0) void this.load();
		else {
			this.#later = setTimeout(() => {
				this.#later = null;
				void this.load();
			}, wait);
		}
	}

	/** Reads it now. While one reading runs, any number of further calls make one more. */
	async load(): Promise<void> {
		if (this.loading) {
			this.#again = true;
			return;
		}
		this.loading = true;
		do {
			this.#again = false;
			this.#stale = false;
			this.#read = Date.now();
			try {
				this.data = await this.#fetch();
				this.error = null;
			} catch (thrown) {
				this.error = toHostError(thrown);
				this.#stale = true;
			}
		} while (this.#again);
		this.loading = false;
	}
}

const known = new Map<string, Query<unknown>>();

/** The one Query of this name, made at first use. */
export function query<T>(name: string, tags: string[], fetch: () => Promise<T>, pause?: number): Query<T> {
	let found = known.get(name) as Query<T> | undefined;
	if (!found) {
		found = new Query(tags, fetch, pause);
		known.set(name, found as Query<unknown>);
	}
	return found;
}

const listeners = new Set<(tags: string[]) => void>();

/** Calls back with every set of tags the host names. Answers how to stop. */
export function onTags(tell: (tags: string[]) => void): () => void {
	listeners.add(tell);
	return () => listeners.delete(tell);
}

/** Starts listening to the host; answers how to stop. */
export async function followHost(): Promise<() => void> {
	return host.onChanged((tags) => {
		for (const one of known.values()) {
			if (one.tags.some((tag) => tags.includes(tag))) one.invalidate();
		}
		for (const tell of listeners) tell(tags);
	});
}

/** Watches a query for as long as the component that asks is there. */
export function watching<T>(get: () => Query<T>): { readonly current: Query<T> } {
	// Made here, before anything derived asks for it: a value made inside a derived one is not followed by it.
	untrack(get);
	$effect(() => get().watch());
	return {
		get current() {
			return get();
		}
	};
}

/** Forgets everything: for tests. */
export function forgetAll(): void {
	known.clear();
}
