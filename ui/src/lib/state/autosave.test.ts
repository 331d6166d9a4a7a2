import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Autosave } from './autosave';

/** A receiver whose answers are given by hand. */
function receiver() {
	const got: string[] = [];
	const answers: (() => void)[] = [];
	const send = (value: string) =>
		new Promise<void>((done) => {
			got.push(value);
			answers.push(done);
		});
	return { got, answers, send };
}

describe('Autosave', () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => void vi.useRealTimers());

	it('sends within 120 ms of the first keystroke, though typing goes on', async () => {
		const { got, send } = receiver();
		const autosave = new Autosave(send);
		for (let at = 0; at < 12; at++) {
			autosave.push('x'.repeat(at + 1));
			await vi.advanceTimersByTimeAsync(10);
		}
		expect(got.length).toBeGreaterThan(0);
	});

	it('has at most one on its way, and sends the newest next', async () => {
		const { got, answers, send } = receiver();
		const autosave = new Autosave(send);
		autosave.push('a');
		await vi.advanceTimersByTimeAsync(100);
		autosave.push('ab');
		autosave.push('abc');
		await vi.advanceTimersByTimeAsync(1000);
		expect(got).toEqual(['a']);
		answers[0]!();
		await vi.advanceTimersByTimeAsync(0);
		expect(got).toEqual(['a', 'abc']);
	});

	it('never loses the last keystroke, though it comes while the answer comes', async () => {
		const { got, answers, send } = receiver();
		const autosave = new Autosave(send);
		autosave.push('one');
		await vi.advanceTimersByTimeAsync(100);
		answers[0]!();
		autosave.push('two');
		await vi.advanceTimersByTimeAsync(200);
		expect(got).toEqual(['one', 'two']);
	});

	it('flush sends at once and answers when all is answered', async () => {
		const { got, answers, send } = receiver();
		const autosave = new Autosave(send);
		autosave.push('a');
		let done = false;
		void autosave.flush().then(() => (done = true));
		await vi.advanceTimersByTimeAsync(0);
		expect(got).toEqual(['a']);
		expect(done).toBe(false);
		autosave.push('b');
		answers[0]!();
		await vi.advanceTimersByTimeAsync(0);
		expect(got).toEqual(['a', 'b']);
		expect(done).toBe(false);
		answers[1]!();
		await vi.advanceTimersByTimeAsync(0);
		expect(done).toBe(true);
		expect(autosave.unsaved).toBe(false);
	});

	it('keeps what is held through further typing, and sends the newest on release', async () => {
		const got: string[] = [];
		let full = true;
		const autosave: Autosave<string> = new Autosave(async (value: string) => {
			if (full) autosave.hold(value);
			else got.push(value);
		});
		autosave.push('a');
		await vi.advanceTimersByTimeAsync(200);
		autosave.push('ab');
		await vi.advanceTimersByTimeAsync(2000);
		expect(autosave.waiting).toBe(true);
		full = false;
		await autosave.release();
		expect(got).toEqual(['ab']);
	});
});
