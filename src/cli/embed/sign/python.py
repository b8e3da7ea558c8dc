# Python, on the site's server. WENLU_EMBED_SECRET is the secret that Wenlu has in WENLU_EMBED_SECRETS.
import base64, hashlib, hmac, json, os, time

def wenlu_token(id, name):
    part = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    claims = {"sub": str(id), "name": name, "aud": "%site%", "exp": int(time.time()) + 3600}
    signed = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + "." + part(json.dumps(claims).encode())
    return signed + "." + part(hmac.new(os.environ["WENLU_EMBED_SECRET"].encode(), signed.encode(), hashlib.sha256).digest())
