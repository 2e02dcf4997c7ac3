/**
 * RTM 2.x against the local RTM service, as a module: `import AgoraRTM from 'rtmauth-token-keeper/agora-rtm-2'`.
 */

import { namespace } from './namespace.js';

export default namespace(import.meta.url);
