// The window's clock for words like “5 min”: whoever reads it is asked again by the half minute.
let beat = $state(0);

export const ticking = {
	get now(): Date {
		void beat;
		return new Date();
	}
};

/** Starts the clock; answers how to stop it. */
export function startTicking(): () => void {
	const timer = setInterval(() => (beat += 1), 30_000);
	return () => clearInterval(timer);
}
