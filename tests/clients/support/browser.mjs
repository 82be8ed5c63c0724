// browser.mjs - a user at the sign-in and consent pages, without a browser: forms are filled in as they come, cookies are kept. What a real
// browser does with these pages is another test's affair.
import assert from 'node:assert/strict';

const text = (html) => html.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>');

// The form of a page: where it goes, and its hidden fields.
function read(html, at) {
    const action = html.match(/<form method="post" action="([^"]+)"/);
    assert.ok(action, `no form in ${html}`);
    const fields = new URLSearchParams();
    for (const tag of html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)) fields.set(tag[1], text(tag[2]));
    return { to: new URL(text(action[1]), at), fields };
}

// Signs in at `url` and allows what is asked. Answers where the user is sent back to.
export async function allow(url, { user, password, saw = () => {} }) {
    let cookie = '';
    const go = async (to, body) => {
        const headers = { ...(cookie && { cookie }), ...(body && { 'content-type': 'application/x-www-form-urlencoded' }) };
        const got = await fetch(to, { method: body ? 'POST' : 'GET', headers, body, redirect: 'manual' });
        for (const line of got.headers.getSetCookie()) cookie = line.split(';')[0];
        const location = got.headers.get('location');
        if (location) return new URL(location, to);
        return { html: await got.text(), at: new URL(to), status: got.status };
    };
    let page = await go(url);
    for (let step = 0; step < 8; ++step) {
        if (page instanceof URL) {
            if (page.searchParams.has('code') || page.searchParams.has('error')) return page;
            page = await go(page);
            continue;
        }
        const { to, fields } = read(page.html, page.at);
        if (fields.get('step') === 'password') {
            fields.set('user_name', user);
            fields.set('password', password);
        } else {
            assert.equal(fields.get('step'), 'consent', page.html);
            saw(page.html);
            fields.set('answer', 'allow');
        }
        page = await go(to, fields.toString());
    }
    throw new Error(`the pages do not end: ${page.html}`);
}
