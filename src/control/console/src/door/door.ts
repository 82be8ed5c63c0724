// What every page of the gateway's begins with: who is signed in? The form is in the page itself, plain elements with their few styles, so
// that one can type before any code has come; what is behind it is fetched while one does.
import { answered, api, Refused, refusedBy } from '../api/client';
import { askSession, type SignedIn } from '../api/session';
import '../base.css';
import './door.css';

// Fetches the pages behind the door; what it gives shows them to who is signed in.
type Load = () => Promise<(who: SignedIn) => void>;

const page = document.documentElement.dataset; // `door`: as front_end.hpp says
const root = document.getElementById('root') as HTMLElement;
const part = <T extends HTMLElement>(name: string) => root.querySelector(`[data-part=${name}]`) as T;
const field = (name: string) => root.querySelector(`[name=${name}]`) as HTMLInputElement;

export async function openDoor(load: Load) {
    wearColours();
    if (page.door === 'asking') {
        // The browser sent a session; whether it still is one, the gateway says.
        try {
            const who = await askSession();
            if (who) return goIn(await load(), who);
        } catch (e) {
            return showFault(refusedBy(e));
        }
        page.door = 'open';
        field('user_name').focus();
    }
    listen(load);
    whenTypedOrSoon(() => void load().catch(() => {})); // whoever signs in will need it
}

// What is behind the door shows its own signs of waiting.
function goIn(show: (who: SignedIn) => void, who: SignedIn) {
    page.door = 'passed';
    show(who);
}

// From here on the form does something.
function listen(load: Load) {
    const go = part<HTMLButtonElement>('go');
    go.disabled = false;
    const step = (second: boolean) => {
        for (const [name, asked] of Object.entries({ first: !second, second })) {
            const fields = part<HTMLFieldSetElement>(name);
            fields.hidden = !asked;
            fields.disabled = !asked; // else the browser would want it filled in
        }
        part('back').hidden = !second;
        part('heading').textContent = second ? 'Your second factor' : 'Sign in';
        if (second) part('about').textContent = 'The code that your app shows now, or a recovery code';
        go.textContent = second ? 'Go on' : 'Sign in';
        part('why').hidden = true;
        field(second ? 'code' : 'user_name').focus();
    };
    const { textContent: about } = part('about');
    part('back').onclick = () => {
        field('code').value = '';
        step(false);
        part('about').textContent = about;
    };
    part('show').onclick = () => {
        const shown = field('password').type === 'password';
        field('password').type = shown ? 'text' : 'password';
        part('show').textContent = shown ? 'Hide' : 'Show';
        part('show').setAttribute('aria-pressed', String(shown));
    };
    part<HTMLFormElement>('form').onsubmit = async (e) => {
        e.preventDefault();
        const second = !part<HTMLFieldSetElement>('second').disabled;
        const code = field('code').value.replaceAll(/\s/g, '');
        go.disabled = true;
        part('why').hidden = true;
        try {
            const body = { user_name: field('user_name').value.trim(), password: field('password').value, ...(second && { code }) };
            await answered(api.POST('/sessions', { body }));
            const who = await askSession();
            if (!who) throw new Refused(0, 'The browser did not keep the session', 'Allow cookies for this page, and sign in again.');
            goIn(await load(), who);
        } catch (e) {
            const why = refusedBy(e);
            if (!second && /second factor/i.test(why.message)) step(true);
            else say(why);
            go.disabled = false;
        }
    };
}

// The colours that were chosen once, before anything that keeps them is there (Mantine's, which names them so).
function wearColours() {
    let chosen: string | null = null;
    try {
        chosen = localStorage.getItem('mantine-color-scheme-value');
    } catch {} // a browser that keeps nothing
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.mantineColorScheme = chosen;
}

// Not before the form has been seen, which what is fetched would have to share the machine with.
function whenTypedOrSoon(run: () => void) {
    const root = document.documentElement;
    const timer = setTimeout(begin, 1000);
    root.addEventListener('input', begin, { once: true });
    function begin() {
        clearTimeout(timer);
        root.removeEventListener('input', begin);
        run();
    }
}

function say(why: Refused) {
    const title = document.createElement('b');
    title.textContent = why.message;
    const more = document.createElement('span');
    more.textContent = [why.detail, ...why.fields.map((f) => `${f.field} ${f.what}`)].filter(Boolean).join(' ');
    part('why').replaceChildren(title, more);
    part('why').hidden = false;
}

// Nobody can say who is signed in, or the pages do not come.
function showFault(why: Refused) {
    page.door = 'open';
    for (const name of ['heading', 'about', 'first', 'second', 'back']) part(name).remove();
    say(why);
    part<HTMLButtonElement>('go').disabled = false;
    part('go').textContent = 'Try again';
    part<HTMLFormElement>('form').onsubmit = (e) => {
        e.preventDefault();
        location.reload();
    };
    part('go').focus();
}
