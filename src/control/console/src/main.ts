// The operators' console.
import { openDoor } from './door/door';

void openDoor(async () => (await import('./Console')).begin);
