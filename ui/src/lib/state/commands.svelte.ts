// The one registry of actions. The palette, the shortcuts, the sheet of keys and the buttons all read it.

export interface Command {
	id: string;
	title: string;
	group: 'Go to' | 'Library' | 'Character' | 'Timeline' | 'Compare' | 'Outbox' | 'Review' | 'Window';
	/** A key as `mod+k`, `shift+?` or `p`. A key without a modifier works only outside text. */
	keys?: string[];
	/** Why it cannot be done now; null when it can. */
	whyNot?: () => string | null;
	/** With a modifier while text is typed: whether the key stays the text field's own. */
	leavesText?: (target: HTMLElement) => boolean;
	/** Left out of the palette: moving keys, which make no sense there. */
	hidden?: boolean;
	run: () => void;
}

let registered = $state.raw<Command[]>([]);

export const registry = {
	get commands(): Command[] {
		return registered;
	},
	find(id: string): Command | undefined {
		return registered.find((command) => command.id === id);
	},
	/** Runs a command if it can be done now. Answers whether it ran. */
	run(id: string): boolean {
		const command = this.find(id);
		if (!command || command.whyNot?.()) return false;
		command.run();
		return true;
	}
};

/** Adds commands; answers how to take them away. A later command of the same id stands in front of an earlier. */
export function register(commands: Command[]): () => void {
	registered = [...commands, ...registered.filter((old) => !commands.some((one) => one.id === old.id))];
	return () => {
		registered = registered.filter((command) => !commands.includes(command));
	};
}

/** Registers commands for as long as the component that asks is there. */
export function commandsHere(commands: () => Command[]): void {
	$effect(() => {
		const list = commands();
		let remove = () => {};
		// Registering must not make this effect depend on the registry itself.
		queueMicrotask(() => (remove = register(list)));
		return () => queueMicrotask(() => remove());
	});
}
