// Java 17, on the site's server. WENLU_EMBED_SECRET is the secret that Wenlu has in WENLU_EMBED_SECRETS.
import static java.nio.charset.StandardCharsets.UTF_8;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class WenluToken {
    public static String of(String id, String name) throws Exception {
        String claims = "{\"sub\":" + quoted(id) + ",\"name\":" + quoted(name) + ",\"aud\":\"%site%\",\"exp\":"
            + (System.currentTimeMillis() / 1000 + 3600) + "}";
        String signed = part("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(UTF_8)) + "." + part(claims.getBytes(UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(System.getenv("WENLU_EMBED_SECRET").getBytes(UTF_8), "HmacSHA256"));
        return signed + "." + part(mac.doFinal(signed.getBytes(UTF_8)));
    }

    private static String part(byte[] data) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(data);
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) json.append(c < ' ' || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : c);
        return json.append('"').toString();
    }
}
