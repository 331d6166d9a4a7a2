/** What an empty field says about itself. */
export const fieldHints: Record<string, string> = {
	description: 'Who this is: looks, past, place in the world',
	personality: 'How they are, in a few sentences',
	scenario: 'Where and when the chat begins',
	first_mes: 'What they say first',
	mes_example: 'A few exchanges that show the voice',
	creator_notes: 'For the people who use the card; not part of the prompt'
};
