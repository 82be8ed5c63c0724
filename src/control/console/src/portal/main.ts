// An API's portal: its users, each with tokens of their own.
import { openDoor } from '../door/door';

const letter = document.querySelector('[data-part=letter]');
if (letter) letter.textContent = document.title.charAt(0).toUpperCase();

void openDoor(async () => (await import('./Portal')).begin);
