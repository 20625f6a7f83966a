/* test_families.c - every family, by a published model: parameters, products and cache, by closed forms.
 *
 * A layer's weights are d x (q + 2 kv) of queries, keys and values, q x d, and two or,
 * with a gate, three products of d x ffn. Each token takes them all; two tokens that see
 * one another take 2 q products a layer. `small` is what a trace does not hold: biases,
 * and scales and shifts of norms; with the tables it makes the count that is published
 * (num_parameters of Hugging Face transformers). In place of the feed-forward there may be
 * experts: all are stored, a token takes some of them, the router, and what all tokens take.
 */
#include "tests/test_trace.h"

struct shape {
    const char *config;
    int64_t layers, d, q, kv, ffn, gate;
    int64_t head;                       /* weights of what the last token goes through */
    int64_t small, published;
    bool sees_all;                      /* no mask, no cache */
    int64_t experts, used, shared;      /* each as wide as ffn; width of what all tokens take beside */
    int64_t weighed;                    /* which has a weight of its own: 1 */
    int64_t dense, wide;                /* layers without experts, and the width of their feed-forward */
    double without_table;               /* what the card counts, to 10 million */
};

#define CONFIG(type, rest) "{\"model_type\": \"" type "\", " rest "}"
static const struct shape shapes[] = {
    /* gpt_bigcode-santacoder */
    { CONFIG("gpt_bigcode", "\"n_embd\": 2048, \"n_head\": 16, \"n_inner\": 8192, \"n_layer\": 24, "
             "\"n_positions\": 2048, \"vocab_size\": 49280, \"multi_query\": true"),
      24, 2048, 2048, 128, 8192, 0, 49280LL * 2048, 24 * (2304 + 2 * 2048 + 8192 + 4 * 2048) + 2 * 2048, 1124886528,
      .sees_all = false },
    /* bloom-560m: a norm behind the embedding */
    { CONFIG("bloom", "\"n_embed\": 1024, \"num_attention_heads\": 16, \"n_layer\": 24, \"vocab_size\": 250880"),
      24, 1024, 1024, 1024, 4096, 0, 250880LL * 1024, 24 * 13 * 1024 + 4 * 1024, 559214592, .sees_all = false },
    /* gpt-neo-125m: no bias of queries, keys and values; every second layer has a window of 256 */
    { CONFIG("gpt_neo", "\"hidden_size\": 768, \"num_heads\": 12, \"num_layers\": 12, "
             "\"max_position_embeddings\": 2048, \"window_size\": 256, \"vocab_size\": 50257, "
             "\"attention_types\": [[[\"global\", \"local\"], 6]]"),
      12, 768, 768, 768, 3072, 0, 50257LL * 768, 12 * 10 * 768 + 2 * 768, 125198592, .sees_all = false },
    /* codegen-350M-mono: one norm a layer, a bias of the head */
    { CONFIG("codegen", "\"n_embd\": 1024, \"n_head\": 16, \"n_layer\": 20, \"n_positions\": 2048, "
             "\"rotary_dim\": 32, \"vocab_size\": 51200"),
      20, 1024, 1024, 1024, 4096, 0, 51200LL * 1024, 20 * 7 * 1024 + 2 * 1024 + 51200, 356712448, .sees_all = false },
    /* phi-2: one norm a layer, a bias of the head */
    { CONFIG("phi", "\"hidden_size\": 2560, \"num_attention_heads\": 32, \"num_hidden_layers\": 32, "
             "\"intermediate_size\": 10240, \"max_position_embeddings\": 2048, \"partial_rotary_factor\": 0.4, "
             "\"vocab_size\": 51200"),
      32, 2560, 2560, 2560, 10240, 0, 51200LL * 2560, 32 * 11 * 2560 + 2 * 2560 + 51200, 2779683840,
      .sees_all = false },
    /* command-r: one norm a layer, without shift, and a gate */
    { CONFIG("cohere", "\"hidden_size\": 8192, \"num_attention_heads\": 64, \"num_key_value_heads\": 64, "
             "\"num_hidden_layers\": 40, \"intermediate_size\": 22528, \"vocab_size\": 256000"),
      40, 8192, 8192, 8192, 22528, 1, 256000LL * 8192, 41 * 8192, 34980831232, .sees_all = false },
    /* phi-3-mini-4k */
    { CONFIG("phi3", "\"hidden_size\": 3072, \"num_attention_heads\": 32, \"num_key_value_heads\": 32, "
             "\"num_hidden_layers\": 32, \"intermediate_size\": 8192, \"max_position_embeddings\": 4096, "
             "\"sliding_window\": 2047, \"vocab_size\": 32064"),
      32, 3072, 3072, 3072, 8192, 1, 32064LL * 3072, 65 * 3072, 3821079552, .sees_all = false },
    /* internlm-7b: biases of attention */
    { CONFIG("internlm", "\"hidden_size\": 4096, \"num_attention_heads\": 32, \"num_hidden_layers\": 32, "
             "\"intermediate_size\": 11008, \"max_position_embeddings\": 2048, \"vocab_size\": 103168"),
      32, 4096, 4096, 4096, 11008, 1, 103168LL * 4096, 32 * 4 * 4096 + 65 * 4096, 7321948160, .sees_all = false },
    /* internlm2-1_8b */
    { CONFIG("internlm2", "\"hidden_size\": 2048, \"num_attention_heads\": 16, \"num_key_value_heads\": 8, "
             "\"num_hidden_layers\": 24, \"intermediate_size\": 8192, \"max_position_embeddings\": 32768, "
             "\"vocab_size\": 92544"),
      24, 2048, 2048, 1024, 8192, 1, 92544LL * 2048, 49 * 2048, 1889110016, .sees_all = false },
    /* glm-4-9b: biases of queries, keys and values */
    { CONFIG("glm", "\"hidden_size\": 4096, \"num_attention_heads\": 32, \"num_key_value_heads\": 2, "
             "\"num_hidden_layers\": 40, \"intermediate_size\": 13696, \"max_position_embeddings\": 131072, "
             "\"vocab_size\": 151552"),
      40, 4096, 4096, 256, 13696, 1, 151552LL * 4096, 40 * (4096 + 512 + 2 * 4096) + 4096, 9399951360,
      .sees_all = false },
    /* OLMo-1B: norms without parameters */
    { CONFIG("olmo", "\"hidden_size\": 2048, \"num_attention_heads\": 16, \"num_hidden_layers\": 16, "
             "\"intermediate_size\": 8192, \"max_position_embeddings\": 2048, \"tie_word_embeddings\": true, "
             "\"vocab_size\": 50304"),
      16, 2048, 2048, 2048, 8192, 1, 50304LL * 2048, 0, 1176764416, .sees_all = false },
    /* stablelm-2-1_6b: biases of queries, keys and values */
    { CONFIG("stablelm", "\"hidden_size\": 2048, \"num_attention_heads\": 32, \"num_key_value_heads\": 32, "
             "\"num_hidden_layers\": 24, \"intermediate_size\": 5632, \"max_position_embeddings\": 4096, "
             "\"vocab_size\": 100352, \"use_qkv_bias\": true, \"use_parallel_residual\": false"),
      24, 2048, 2048, 2048, 5632, 1, 100352LL * 2048, 24 * 7 * 2048 + 2 * 2048, 1644515328, .sees_all = false },
    /* starcoder2-3b */
    { CONFIG("starcoder2", "\"hidden_size\": 3072, \"num_attention_heads\": 24, \"num_key_value_heads\": 2, "
             "\"num_hidden_layers\": 30, \"intermediate_size\": 12288, \"max_position_embeddings\": 16384, "
             "\"sliding_window\": 4096, \"mlp_type\": \"default\", \"norm_type\": \"layer_norm\", "
             "\"vocab_size\": 49152"),
      30, 3072, 3072, 256, 12288, 0, 49152LL * 3072, 30 * (3072 + 512 + 2 * 3072 + 12288 + 4 * 3072) + 2 * 3072,
      3030371328, .sees_all = false },
    /* Minitron-4B */
    { CONFIG("nemotron", "\"hidden_size\": 3072, \"num_attention_heads\": 24, \"num_key_value_heads\": 8, "
             "\"head_dim\": 128, \"num_hidden_layers\": 32, \"intermediate_size\": 9216, "
             "\"max_position_embeddings\": 4096, \"vocab_size\": 256000"),
      32, 3072, 3072, 1024, 9216, 0, 256000LL * 3072, 65 * 2 * 3072, 4190509056, .sees_all = false },
    /* Qwen-7B: a bias of queries, keys and values */
    { CONFIG("qwen", "\"hidden_size\": 4096, \"num_attention_heads\": 32, \"num_hidden_layers\": 32, "
             "\"intermediate_size\": 22016, \"max_position_embeddings\": 8192, \"vocab_size\": 151936"),
      32, 4096, 4096, 4096, 11008, 1, 151936LL * 4096, 32 * 3 * 4096 + 65 * 4096, 7721324544, .sees_all = false },
    /* Qwen3-8B: norms of queries and keys */
    { CONFIG("qwen3", "\"hidden_size\": 4096, \"num_attention_heads\": 32, \"num_key_value_heads\": 8, "
             "\"head_dim\": 128, \"num_hidden_layers\": 36, \"intermediate_size\": 12288, "
             "\"max_position_embeddings\": 40960, \"vocab_size\": 151936"),
      36, 4096, 4096, 1024, 12288, 1, 151936LL * 4096, 36 * (2 * 4096 + 2 * 128) + 4096, 8190735360,
      .sees_all = false },
    /* gemma-2-9b: four norms a layer */
    { CONFIG("gemma2", "\"hidden_size\": 3584, \"num_attention_heads\": 16, \"num_key_value_heads\": 8, "
             "\"num_hidden_layers\": 42, \"intermediate_size\": 14336, \"max_position_embeddings\": 8192, "
             "\"vocab_size\": 256000"),
      42, 3584, 4096, 2048, 14336, 1, 256000LL * 3584, 42 * 4 * 3584 + 3584, 9241705984, .sees_all = false },
    /* gemma-3-1b: norms of queries and keys, too */
    { CONFIG("gemma3_text", "\"hidden_size\": 1152, \"num_attention_heads\": 4, \"num_key_value_heads\": 1, "
             "\"num_hidden_layers\": 26, \"intermediate_size\": 6912, \"max_position_embeddings\": 32768, "
             "\"sliding_window\": 512, \"sliding_window_pattern\": 6, \"vocab_size\": 262144"),
      26, 1152, 1024, 256, 6912, 1, 262144LL * 1152, 26 * (4 * 1152 + 2 * 256) + 1152, 999885952, .sees_all = false },
    /* Mixtral-8x7B */
    { CONFIG("mixtral", "\"hidden_size\": 4096, \"num_attention_heads\": 32, \"num_key_value_heads\": 8, "
             "\"num_hidden_layers\": 32, \"intermediate_size\": 14336, \"max_position_embeddings\": 32768, "
             "\"num_local_experts\": 8, \"num_experts_per_tok\": 2, \"vocab_size\": 32000"),
      32, 4096, 4096, 1024, 14336, 1, 32000LL * 4096, 65 * 4096, 46702792704, .experts = 8, .used = 2 },
    /* Qwen1.5-MoE-A2.7B: biases of queries, keys and values */
    { CONFIG("qwen2_moe", "\"hidden_size\": 2048, \"num_attention_heads\": 16, \"num_key_value_heads\": 16, "
             "\"num_hidden_layers\": 24, \"intermediate_size\": 5632, \"moe_intermediate_size\": 1408, "
             "\"shared_expert_intermediate_size\": 5632, \"num_experts\": 60, \"num_experts_per_tok\": 4, "
             "\"max_position_embeddings\": 8192, \"vocab_size\": 151936"),
      24, 2048, 2048, 2048, 1408, 1, 151936LL * 2048, 24 * 3 * 2048 + 49 * 2048, 14315784192,
      .experts = 60, .used = 4, .shared = 5632, .weighed = 1 },
    /* Qwen3-30B-A3B: norms of queries and keys */
    { CONFIG("qwen3_moe", "\"hidden_size\": 2048, \"num_attention_heads\": 32, \"num_key_value_heads\": 4, "
             "\"head_dim\": 128, \"num_hidden_layers\": 48, \"intermediate_size\": 6144, "
             "\"moe_intermediate_size\": 768, \"num_experts\": 128, \"num_experts_per_tok\": 8, "
             "\"max_position_embeddings\": 40960, \"vocab_size\": 151936"),
      48, 2048, 4096, 512, 768, 1, 151936LL * 2048, 48 * (2 * 2048 + 2 * 128) + 2048, 30532122624,
      .experts = 128, .used = 8 },
    /* OLMoE-1B-7B: norms of all queries and of all keys */
    { CONFIG("olmoe", "\"hidden_size\": 2048, \"num_attention_heads\": 16, \"num_key_value_heads\": 16, "
             "\"num_hidden_layers\": 16, \"intermediate_size\": 1024, \"num_experts\": 64, "
             "\"num_experts_per_tok\": 8, \"vocab_size\": 50304"),
      16, 2048, 2048, 2048, 1024, 1, 50304LL * 2048, 16 * 4 * 2048 + 2048, 6919161856, .experts = 64, .used = 8 },
    /* Phi-3.5-MoE: biases of attention and of the head, layer norms */
    { CONFIG("phimoe", "\"hidden_size\": 4096, \"num_attention_heads\": 32, \"num_key_value_heads\": 8, "
             "\"num_hidden_layers\": 32, \"intermediate_size\": 6400, \"num_local_experts\": 16, "
             "\"num_experts_per_tok\": 2, \"max_position_embeddings\": 131072, \"sliding_window\": 131072, "
             "\"vocab_size\": 32064"),
      32, 4096, 4096, 1024, 6400, 1, 32064LL * 4096, 32 * (2 * 4096 + 2 * 1024) + 65 * 2 * 4096 + 32064, 41873153344,
      .experts = 16, .used = 2 },
    /* gpt-oss-20b: biases of attention, of the router and of the experts, a sink for each head */
    { CONFIG("gpt_oss", "\"hidden_size\": 2880, \"num_attention_heads\": 64, \"num_key_value_heads\": 8, "
             "\"head_dim\": 64, \"num_hidden_layers\": 24, \"intermediate_size\": 2880, "
             "\"num_local_experts\": 32, \"num_experts_per_tok\": 4, \"max_position_embeddings\": 131072, "
             "\"sliding_window\": 128, \"vocab_size\": 201088"),
      24, 2880, 4096, 512, 2880, 1, 201088LL * 2880,
      24 * (4096 + 2 * 512 + 2880 + 64 + 32 + 32 * 3 * 2880 + 2 * 2880) + 2880, 20914757184, .experts = 32, .used = 4 },
    /* command-r7b: one norm a layer; three layers of four have a window, the others no rotation */
    { CONFIG("cohere2", "\"hidden_size\": 4096, \"num_attention_heads\": 32, \"num_key_value_heads\": 8, "
             "\"num_hidden_layers\": 32, \"intermediate_size\": 14336, \"max_position_embeddings\": 8192, "
             "\"sliding_window\": 4096, \"sliding_window_pattern\": 4, \"vocab_size\": 256000"),
      32, 4096, 4096, 1024, 14336, 1, 256000LL * 4096, 33 * 4096, 8028033024, .sees_all = false },
    /* granite-3.1-2b, granite-3.0-1b-a400m */
    { CONFIG("granite", "\"hidden_size\": 2048, \"num_attention_heads\": 32, \"num_key_value_heads\": 8, "
             "\"num_hidden_layers\": 40, \"intermediate_size\": 8192, \"max_position_embeddings\": 131072, "
             "\"embedding_multiplier\": 12.0, \"residual_multiplier\": 0.22, \"attention_multiplier\": 0.015625, "
             "\"logits_scaling\": 8.0, \"tie_word_embeddings\": true, \"vocab_size\": 49155"),
      40, 2048, 2048, 512, 8192, 1, 49155LL * 2048, 81 * 2048, 2533531648, .sees_all = false },
    { CONFIG("granitemoe", "\"hidden_size\": 1024, \"num_attention_heads\": 16, \"num_key_value_heads\": 8, "
             "\"num_hidden_layers\": 24, \"intermediate_size\": 512, \"num_local_experts\": 32, "
             "\"num_experts_per_tok\": 8, \"max_position_embeddings\": 4096, \"tie_word_embeddings\": true, "
             "\"vocab_size\": 49155"),
      24, 1024, 1024, 512, 512, 1, 49155LL * 1024, 49 * 1024, 1334628352, .experts = 32, .used = 8 },
    /* SmolLM3-3B */
    { CONFIG("smollm3", "\"hidden_size\": 2048, \"num_attention_heads\": 16, \"num_key_value_heads\": 4, "
             "\"num_hidden_layers\": 36, \"intermediate_size\": 11008, \"max_position_embeddings\": 65536, "
             "\"no_rope_layer_interval\": 4, \"use_sliding_window\": false, \"sliding_window\": null, "
             "\"vocab_size\": 128256"),
      36, 2048, 2048, 512, 11008, 1, 128256LL * 2048, 73 * 2048, 3075098624, .sees_all = false },
    /* Seed-OSS-36B: biases of queries, keys and values */
    { CONFIG("seed_oss", "\"hidden_size\": 5120, \"num_attention_heads\": 80, \"num_key_value_heads\": 8, "
             "\"head_dim\": 128, \"num_hidden_layers\": 64, \"intermediate_size\": 27648, "
             "\"max_position_embeddings\": 524288, \"attention_bias\": true, \"vocab_size\": 155136"),
      64, 5120, 10240, 1024, 27648, 1, 155136LL * 5120, 64 * (10240 + 2 * 1024) + 129 * 5120, 36151104512,
      .sees_all = false },
    /* ERNIE-4.5-0.3B, ERNIE-4.5-21B-A3B: a bias of the router. Of the second 21 G are published */
    { CONFIG("ernie4_5", "\"hidden_size\": 1024, \"num_attention_heads\": 16, \"num_key_value_heads\": 2, "
             "\"head_dim\": 128, \"num_hidden_layers\": 18, \"intermediate_size\": 3072, "
             "\"max_position_embeddings\": 131072, \"vocab_size\": 103424"),
      18, 1024, 2048, 256, 3072, 1, 103424LL * 1024, 37 * 1024, 360748032, .sees_all = false },
    { CONFIG("ernie4_5_moe", "\"hidden_size\": 2560, \"num_attention_heads\": 20, \"num_key_value_heads\": 4, "
             "\"num_hidden_layers\": 28, \"intermediate_size\": 12288, \"moe_num_experts\": 64, \"moe_k\": 6, "
             "\"moe_intermediate_size\": 1536, \"moe_num_shared_experts\": 2, \"moe_layer_start_index\": 1, "
             "\"moe_layer_end_index\": 27, \"moe_layer_interval\": 1, \"max_position_embeddings\": 131072, "
             "\"vocab_size\": 103424"),
      28, 2560, 2560, 512, 1536, 1, 103424LL * 2560, 57 * 2560 + 27 * 64, 21825437888, .experts = 64, .used = 6,
      .shared = 2 * 1536, .dense = 1, .wide = 12288 },
    /* EXAONE-3.5-2.4B, EXAONE-4.0-1.2B, which has no window: norms of queries and keys; published without the table */
    { CONFIG("exaone", "\"hidden_size\": 2560, \"num_attention_heads\": 32, \"num_key_value_heads\": 8, "
             "\"num_layers\": 30, \"intermediate_size\": 7168, \"max_position_embeddings\": 32768, "
             "\"activation_function\": \"silu\", \"tie_word_embeddings\": true, \"vocab_size\": 102400"),
      30, 2560, 2560, 640, 7168, 1, 102400LL * 2560, 61 * 2560, 2405327360, .without_table = 2.14e9 },
    { CONFIG("exaone4", "\"hidden_size\": 2048, \"num_attention_heads\": 32, \"num_key_value_heads\": 8, "
             "\"head_dim\": 64, \"num_hidden_layers\": 30, \"intermediate_size\": 4096, \"sliding_window\": null, "
             "\"max_position_embeddings\": 65536, \"tie_word_embeddings\": true, \"vocab_size\": 102400"),
      30, 2048, 2048, 512, 4096, 1, 102400LL * 2048, 61 * 2048 + 30 * 2 * 64, 1279391488, .without_table = 1.07e9 },
    /* MiniCPM-2B */
    { CONFIG("minicpm", "\"hidden_size\": 2304, \"num_attention_heads\": 36, \"num_key_value_heads\": 36, "
             "\"num_hidden_layers\": 40, \"intermediate_size\": 5760, \"max_position_embeddings\": 4096, "
             "\"scale_emb\": 12, \"scale_depth\": 1.4, \"dim_model_base\": 256, \"vocab_size\": 122753"),
      40, 2304, 2304, 2304, 5760, 1, 122753LL * 2304, 81 * 2304, 2724880896, .sees_all = false },
    /* GLM-4-9B-0414: biases of queries, keys and values, four norms a layer */
    { CONFIG("glm4", "\"hidden_size\": 4096, \"num_attention_heads\": 32, \"num_key_value_heads\": 2, "
             "\"num_hidden_layers\": 40, \"intermediate_size\": 13696, \"max_position_embeddings\": 32768, "
             "\"partial_rotary_factor\": 0.5, \"vocab_size\": 151552"),
      40, 4096, 4096, 256, 13696, 1, 151552LL * 4096, 40 * (4096 + 512 + 4 * 4096) + 4096, 9400279040,
      .sees_all = false },
    /* OLMo-2-7B, OLMo-3-7B: norms behind, and of all queries and all keys */
    { CONFIG("olmo2", "\"hidden_size\": 4096, \"num_attention_heads\": 32, \"num_key_value_heads\": 32, "
             "\"num_hidden_layers\": 32, \"intermediate_size\": 11008, \"max_position_embeddings\": 4096, "
             "\"vocab_size\": 100352"),
      32, 4096, 4096, 4096, 11008, 1, 100352LL * 4096, 129 * 4096, 7298617344, .sees_all = false },
    { CONFIG("olmo3", "\"hidden_size\": 4096, \"num_attention_heads\": 32, \"num_key_value_heads\": 32, "
             "\"num_hidden_layers\": 32, \"intermediate_size\": 11008, \"max_position_embeddings\": 65536, "
             "\"sliding_window\": 4096, \"vocab_size\": 100278"),
      32, 4096, 4096, 4096, 11008, 1, 100278LL * 4096, 129 * 4096, 7298011136, .sees_all = false },
    /* Llama-4-Scout: the published 108,641,793,536 are with a vision tower of 871,932,416 */
    { CONFIG("llama4_text", "\"hidden_size\": 5120, \"num_attention_heads\": 40, \"num_key_value_heads\": 8, "
             "\"head_dim\": 128, \"num_hidden_layers\": 48, \"intermediate_size\": 8192, "
             "\"intermediate_size_mlp\": 16384, \"num_local_experts\": 16, \"num_experts_per_tok\": 1, "
             "\"interleave_moe_layer_step\": 1, \"attention_chunk_size\": 8192, \"use_qk_norm\": true, "
             "\"max_position_embeddings\": 10485760, \"no_rope_layers\": [], \"vocab_size\": 202048"),
      48, 5120, 5120, 1024, 8192, 1, 202048LL * 5120, 97 * 5120, 108641793536 - 871932416, .experts = 16, .used = 1,
      .shared = 8192 },
    /* GLM-4.5-Air: biases of queries, keys, values and the router; the published 110,468,824,832 are with a layer that
     * guesses a further token, its embedding and head */
    { CONFIG("glm4_moe", "\"hidden_size\": 4096, \"num_attention_heads\": 96, \"num_key_value_heads\": 8, "
             "\"head_dim\": 128, \"num_hidden_layers\": 46, \"intermediate_size\": 10944, "
             "\"moe_intermediate_size\": 1408, \"n_routed_experts\": 128, \"num_experts_per_tok\": 8, "
             "\"n_shared_experts\": 1, \"first_k_dense_replace\": 1, \"use_qk_norm\": false, "
             "\"max_position_embeddings\": 131072, \"vocab_size\": 151552"),
      46, 4096, 12288, 1024, 1408, 1, 151552LL * 4096, 46 * (12288 + 2 * 1024) + 93 * 4096 + 45 * 128,
      110468824832 - 3616573568, .experts = 128, .used = 8, .shared = 1408, .dense = 1, .wide = 10944 },
    /* all-mpnet-base-v2: a table of positions and, left out, biases by distance; no types */
    { CONFIG("mpnet", "\"hidden_size\": 768, \"num_attention_heads\": 12, \"num_hidden_layers\": 12, "
             "\"intermediate_size\": 3072, \"max_position_embeddings\": 514, "
             "\"relative_attention_num_buckets\": 32, \"vocab_size\": 30527"),
      12, 768, 768, 768, 3072, 0, 768 * 768, 12 * 13 * 768 + 3 * 768 + 32 * 12, 109486464, .sees_all = true },
    /* xlm-roberta-base, camembert-base: the pooler is the head; its bias, and the norm of the embedding */
    { CONFIG("xlm-roberta", "\"hidden_size\": 768, \"num_attention_heads\": 12, \"num_hidden_layers\": 12, "
             "\"intermediate_size\": 3072, \"max_position_embeddings\": 514, \"type_vocab_size\": 1, "
             "\"vocab_size\": 250002"),
      12, 768, 768, 768, 3072, 0, 768 * 768, 12 * 13 * 768 + 3 * 768, 278043648, .sees_all = true },
    { CONFIG("camembert", "\"hidden_size\": 768, \"num_attention_heads\": 12, \"num_hidden_layers\": 12, "
             "\"intermediate_size\": 3072, \"max_position_embeddings\": 514, \"type_vocab_size\": 1, "
             "\"vocab_size\": 32005"),
      12, 768, 768, 768, 3072, 0, 768 * 768, 12 * 13 * 768 + 3 * 768, 110621952, .sees_all = true },
    /* distilbert-base: neither types nor pooler */
    { CONFIG("distilbert", "\"dim\": 768, \"n_heads\": 12, \"n_layers\": 6, \"hidden_dim\": 3072, "
             "\"max_position_embeddings\": 512, \"vocab_size\": 30522, \"sinusoidal_pos_embds\": false"),
      6, 768, 768, 768, 3072, 0, 0, 6 * 13 * 768 + 2 * 768, 66362880, .sees_all = true },
};

static struct fl_trace trace_of(const char *config, struct fl_workload work)
{
    return trace_of_config(config, &work);
}

/* Of all layers, those that a token takes. */
static int64_t layers_weights(const struct shape *s)
{
    int64_t attention = s->d * (s->q + 2 * s->kv) + s->q * s->d, each = (2 + s->gate) * s->d;
    int64_t wide = s->experts > 0 ? s->used * s->ffn + s->shared : s->ffn;
    return s->layers * attention + (s->layers - s->dense) * (each * wide + s->d * (s->experts + s->weighed)) +
           s->dense * each * s->wide;
}

START_TEST(families_have_the_parameters_that_are_published)
{
    const struct shape *s = &shapes[_i];
    struct fl_trace trace = trace_of(s->config, (struct fl_workload){ .context = 8 });
    ck_assert_msg(trace.note == NULL, "%s\n%s", s->config, trace.note);
    ck_assert_int_eq(stored_weights(&trace) + s->small, s->published);
    if (s->without_table > 0)
        ck_assert_double_eq_tol((double)(s->published - s->head), s->without_table, 5e6);
    fl_trace_free(&trace);
}
END_TEST

START_TEST(families_have_the_products_of_their_closed_forms)
{
    const struct shape *s = &shapes[_i];
    for (int64_t batch = 1; batch <= 3; batch += 2)
        for (int64_t n = 1; n <= 100; n += 99) {
            int64_t pairs = s->sees_all ? n * n : n * (n + 1) / 2;
            struct fl_trace trace = trace_of(s->config, (struct fl_workload){ .context = n, .batch = batch });
            ck_assert_int_eq(trace.macs, batch * (n * layers_weights(s) + s->layers * 2 * s->q * pairs + s->head));
            fl_trace_free(&trace);
        }
}
END_TEST

START_TEST(families_decode_and_cache_by_their_closed_forms)
{
    const struct shape *s = &shapes[_i];
    const int64_t steps = 3, past = 50;
    if (s->sees_all)
        return;
    for (int64_t batch = 1; batch <= 3; batch += 2) {
        struct fl_trace trace = trace_of(s->config, (struct fl_workload){ .phase = "decode", .context = past,
                                                                          .tokens = steps, .batch = batch });
        int64_t pairs = steps * past + steps * (steps + 1) / 2;
        ck_assert_int_eq(trace.macs, batch * (steps * (layers_weights(s) + s->head) +
                                              s->layers * 2 * s->q * pairs));
        const struct fl_op *append = op_named(&trace, "kv_append");
        ck_assert_int_eq(append->m, batch);
        ck_assert_int_eq(append->n, 2 * s->kv);
        fl_trace_free(&trace);
    }
}
END_TEST

/* Tokens that a step's scores see, layer by layer, or under a mask its window or chunk. Under both a prompt leaves
 * `held` tokens of each sequence in the cache of a layer. */
static void assert_seen(const char *config, struct fl_workload work, const int64_t *seen, const int64_t *held)
{
    struct fl_trace trace = trace_of(config, work);
    int64_t layer = 0;
    for (size_t b = 0; b < trace.blocks; b++)
        for (size_t i = 0; i < trace.block[b].ops; i++) {
            const struct fl_block *block = &trace.block[b];
            const struct fl_op *op = &block->op[i];
            bool scores = strcmp(op->name, "scores") == 0;
            if (strcmp(op->name, "kv_append") == 0)
                ck_assert_int_eq(op->m, trace.batch * (held ? held[block->layer] : 1));
            if (op->mask != FL_DENSE)
                ck_assert_int_eq(op->band.window + op->band.chunk, seen[block->layer]);
            else if (scores)
                ck_assert_int_eq(op->n, seen[block->layer]);
            for (int64_t end = layer + block->repeat; scores && layer < end; layer++)
                ck_assert_int_eq(seen[layer], seen[block->layer]);
        }
    ck_assert_int_eq(seen[layer], 0);                           /* the list's end */
    fl_trace_free(&trace);
}

#define SMALL "\"hidden_size\": 32, \"num_attention_heads\": 4, \"intermediate_size\": 64, \"vocab_size\": 50, " \
              "\"max_position_embeddings\": 64, \"hidden_act\": \"gelu\", "

#define GEMMA CONFIG("gemma2", SMALL "\"num_hidden_layers\": 5, \"sliding_window\": 8")
#define LISTED CONFIG("mistral", SMALL "\"num_hidden_layers\": 3, \"sliding_window\": 8, " \
                      "\"attention_chunk_size\": 6, \"layer_types\": " \
                      "[\"sliding_attention\", \"chunked_attention\", \"full_attention\"]")

START_TEST(a_step_sees_the_window_in_the_layers_that_have_it)
{
    const int64_t every_second[] = { 8, 21, 8, 21, 8, 0 }, from_third[] = { 21, 21, 8, 8, 0 };
    const int64_t odd[] = { 21, 8, 21, 8, 0 }, within[] = { 8, 8, 8, 8, 8, 0 }, listed[] = { 8, 3, 21, 0 };
    const int64_t six[] = { 8, 8, 8, 8, 8, 21, 8, 8, 8, 8, 8, 21, 8, 0 };
    const struct fl_workload step = { .phase = "decode", .context = 20 }, early = { .phase = "decode", .context = 7 };
    assert_seen(GEMMA, step, every_second, NULL);
    assert_seen(GEMMA, early, within, NULL);
    assert_seen(CONFIG("gemma3_text", SMALL "\"num_hidden_layers\": 13, \"sliding_window\": 8"), step, six, NULL);
    assert_seen(CONFIG("gpt_neo", SMALL "\"num_hidden_layers\": 4, \"window_size\": 8"), step, odd, NULL);
    assert_seen(CONFIG("qwen2", SMALL "\"num_hidden_layers\": 4, \"sliding_window\": 8, \"max_window_layers\": 2, "
                       "\"use_sliding_window\": true"), step, from_third, NULL);
    assert_seen(CONFIG("gpt_oss", SMALL "\"num_hidden_layers\": 5, \"sliding_window\": 8, \"head_dim\": 8"), step,
                every_second, NULL);
    assert_seen(CONFIG("qwen2_moe", SMALL "\"num_hidden_layers\": 4, \"sliding_window\": 8, "
                       "\"max_window_layers\": 2, \"use_sliding_window\": true"), step, from_third, NULL);
    assert_seen(LISTED, step, listed, NULL);                    /* the third of the chunk 18 .. 23 */
}
END_TEST

START_TEST(a_prompt_sees_it_too_and_leaves_no_more_in_the_cache)
{
    const int64_t windows[] = { 8, 0, 8, 0, 8, 0 }, held[] = { 8, 20, 8, 20, 8 };
    const int64_t listed[] = { 8, 6, 0, 0 }, left[] = { 8, 2, 20 }, none[] = { 0, 0, 0, 0, 0, 0 };
    const int64_t all[] = { 8, 8, 8, 8, 8 };
    const struct fl_workload prompt = { .context = 20 }, batch = { .context = 20, .batch = 3 };
    assert_seen(GEMMA, prompt, windows, held);
    assert_seen(GEMMA, batch, windows, held);
    assert_seen(LISTED, prompt, listed, left);                  /* of the last chunk 18 .. 23 two are there */
    assert_seen(GEMMA, (struct fl_workload){ .context = 8 }, none, all);
}
END_TEST

static int64_t macs_of(const char *config, struct fl_workload work)
{
    struct fl_trace trace = trace_of(config, work);
    int64_t macs = trace.macs;
    fl_trace_free(&trace);
    return macs;
}

/* In each layer 4 heads, 8 wide; the others of its products do not mind who sees whom. */
START_TEST(windows_and_chunks_take_the_products_of_what_they_see)
{
    int64_t dense = macs_of(LISTED, (struct fl_workload){ .context = 20, .attention = "dense" });
    int64_t window = 8 * 9 / 2 + 12 * 8, chunks = 3 * (6 * 7 / 2) + 1 + 2, causal = 20 * 21 / 2;
    ck_assert_int_eq(dense - macs_of(LISTED, (struct fl_workload){ .context = 20 }),
                     2 * 32 * (3 * 400 - window - chunks - causal));
}
END_TEST

START_TEST(steps_across_the_window_share_weights_and_cache)
{
    /* context 5: the first three steps see no more than the window, the fourth would */
    struct fl_trace trace = trace_of(GEMMA, (struct fl_workload){ .phase = "decode", .context = 5, .tokens = 4 });
    for (size_t b = 0; b < trace.blocks; b++)
        ck_assert_int_eq(trace.block[b].repeat, 1);             /* a block a layer in every step, so that they match */
    fl_trace_free(&trace);
}
END_TEST

START_TEST(layers_of_a_kind_want_their_width)
{
    static const struct { const char *config, *says; } bad[] = {
        { CONFIG("mistral", SMALL "\"num_hidden_layers\": 1, \"layer_types\": [\"sliding_attention\"]"),
          "sliding_window: missing; layer_types names sliding layers and wants it" },
        { CONFIG("mistral", SMALL "\"num_hidden_layers\": 1, \"layer_types\": [\"chunked_attention\"]"),
          "attention_chunk_size: missing; layer_types names chunked layers and wants it" },
        { CONFIG("llama", SMALL "\"num_hidden_layers\": 1, \"layer_types\": [\"sliding_attention\"]"),
          "sliding_window: missing; layer_types names sliding layers" },
        { CONFIG("gpt_neo", SMALL "\"num_hidden_layers\": 1, \"layer_types\": [\"chunked_attention\"]"),
          "layer_types: chunked layers are not simulated of this family" } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        config_refused(bad[i].config, "", NULL, bad[i].says);
    }
}
END_TEST

/* A step of a model without a vocabulary takes its token from outside. */
START_TEST(steps_of_a_reward_model_take_their_tokens_from_outside)
{
    struct fl_trace trace = trace_of(
        CONFIG("llama", "\"hidden_size\": 32, \"num_attention_heads\": 4, \"num_hidden_layers\": 2, "
               "\"intermediate_size\": 64, \"max_position_embeddings\": 64, \"vocab_size\": 50, "
               "\"architectures\": [\"LlamaForSequenceClassification\"], \"num_labels\": 1"),
        (struct fl_workload){ .phase = "decode", .context = 8, .tokens = 2 });
    ck_assert_str_eq(read_name(&trace, op_named(&trace, "embed"), 0), "tokens");
    ck_assert_ptr_null(op_named(&trace, "logits"));
    fl_trace_free(&trace);
}
END_TEST

Suite *test_families_suite(void)
{
    Suite *suite = suite_create("families");
    TCase *tcase = tcase_create("families");
    int count = (int)(sizeof shapes / sizeof *shapes);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, families_have_the_parameters_that_are_published, 0, count);
    tcase_add_loop_test(tcase, families_have_the_products_of_their_closed_forms, 0, count);
    tcase_add_loop_test(tcase, families_decode_and_cache_by_their_closed_forms, 0, count);
    tcase_add_test(tcase, a_step_sees_the_window_in_the_layers_that_have_it);
    tcase_add_test(tcase, a_prompt_sees_it_too_and_leaves_no_more_in_the_cache);
    tcase_add_test(tcase, windows_and_chunks_take_the_products_of_what_they_see);
    tcase_add_test(tcase, steps_across_the_window_share_weights_and_cache);
    tcase_add_test(tcase, layers_of_a_kind_want_their_width);
    tcase_add_test(tcase, steps_of_a_reward_model_take_their_tokens_from_outside);
    suite_add_tcase(suite, tcase);
    return suite;
}
