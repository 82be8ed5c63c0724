// An API's portal: its users, each with tokens of their own.
import { useEffect } from 'react';
import { usePortalWords } from '../api/queries';
import { Brand } from '../parts/mark';
import { SignIn } from '../SignIn';
import { start } from '../start';

function Door() {
    const title = usePortalWords().data?.title ?? '';
    useEffect(() => {
        document.title = title || 'Sign in';
    }, [title]);
    return <SignIn mark={<Brand title={title} />} name="User name or email" about={`to see and change what calls ${title} in your name`} />;
}

start(<Door />, () => import('./Portal'));
