/* foreign.c - model types that are known by name and not simulated: what each is, and what it lacks here.
 *
 * Kinds after the published reference implementations (Hugging Face transformers,
 * models/<type>/modeling_<type>.py). Adding one to fl_families takes its row out of here.
 */
#include <stddef.h>
#include <string.h>

#include "traces/family.h"

#define EXPERTS "a decoder whose feed-forward is a mixture of experts"
#define ONE_FFN "every layer there has one feed-forward network, and each token uses all of it"
#define TWICE "an encoder and a decoder, joined by cross attention"
#define ONE_STACK "that is one stack of layers which attend to their own tokens"
#define STATES "a state-space network without attention"
#define HYBRID "a hybrid of state-space layers and attention"
#define ATTENDS "all of its layers are attention"
#define TWO_TOWERS "two towers, for images and for text"
#define ONE_TOWER "that is one tower; say which: FILE#text_config or FILE#vision_config"
#define SEES "a language model that is shown images"
#define TEXT_ONLY "that takes text alone"
#define WINDOWS "a decoder of which every other layer looks back over a window"
#define ALIKE "all of its layers are alike"
#define PARALLEL "a decoder whose attention and feed-forward read one norm"
#define SERIAL "its feed-forward reads what attention has made"
#define PYRAMID "a vision model whose stages have fewer and wider tokens each"
#define ONE_WIDTH "all of its layers have one width and one number of tokens"
#define SOUND "a network that hears sound through convolutions"
#define FUSED "a decoder with fused products"

const struct fl_foreign fl_foreigners[] = {
    { "qwen3_next", HYBRID, "qwen3", ATTENDS },
    { "dbrx", EXPERTS, "llama", ONE_FFN },
    { "grok-1", EXPERTS, "llama", ONE_FFN },
    { "arctic", EXPERTS, "llama", ONE_FFN },
    { "switch_transformers", TWICE ", with experts", "t5", "it has no experts" },
    { "longt5", TWICE ", with windows", "t5", "every token there sees all" },
    { "blenderbot", TWICE, "mbart", "its embedding is normed" },
    { "blenderbot-small", TWICE, "bart", "its table of positions has two more rows" },
    { "nllb-moe", TWICE ", with experts", "m2m_100", "it has no experts" },
    { "led", TWICE ", with windows", "bart", "every token there sees all" },
    { "prophetnet", TWICE ", that guesses several tokens at once", "bart", "it guesses one" },
    { "encoder-decoder", TWICE, "bert", ONE_STACK },
    { "vision-encoder-decoder", TWICE, "vit", ONE_STACK },
    { "speech_to_text", TWICE ", behind convolutions", "whisper", "its convolutions have gates" },
    { "donut-swin", PYRAMID, "vit", ONE_WIDTH },
    { "wav2vec2", SOUND, "bert", "it takes tokens" },
    { "hubert", SOUND, "bert", "it takes tokens" },
    { "wavlm", SOUND, "bert", "it takes tokens" },
    { "audio-spectrogram-transformer", "a vision model for spectrograms, with overlapping patches", "deit",
      "its patches do not overlap" },
    { "clip", TWO_TOWERS, "clip_vision_model", ONE_TOWER },
    { "siglip", TWO_TOWERS, "siglip_vision_model", ONE_TOWER },
    { "align", TWO_TOWERS, "vit", ONE_TOWER },
    { "blip", TWO_TOWERS, "vit", ONE_TOWER },
    { "flava", TWO_TOWERS, "vit", ONE_TOWER },
    { "idefics", SEES, "llama", TEXT_ONLY },
    { "fuyu", SEES, "llama", TEXT_ONLY },
    { "mllama", SEES " by cross attention", "llama", TEXT_ONLY },
    { "pixtral", "a vision tower with rotary positions and a gated feed-forward", "vit", "it has neither" },
    { "gemma3n", SEES, "gemma", TEXT_ONLY },
    { "modernbert", "an encoder with windows in two layers of three, gates and rotary positions", "bert", ALIKE },
    { "longformer", "an encoder with windows and some tokens that see all", "roberta", "every token sees all" },
    { "big_bird", "an encoder with sparse attention", "bert", "every token sees all" },
    { "bigbird_pegasus", TWICE ", with sparse attention", "pegasus", "every token there sees all" },
    { "reformer", "a network whose attention is hashed", "gpt2", "every token sees all before it" },
    { "xlnet", "a decoder with attention to permuted tokens", "gpt2", "it has one stream, in order" },
    { "transfo-xl", "a decoder with recurrence between segments", "gpt2", "it has none" },
    { "ctrl", "a decoder with fixed positions", "gpt2", "it has a table of positions" },
    { "openai-gpt", "a decoder whose norms come last", "gpt2", "its norms come first" },
    { "xglm", "a decoder with fixed positions", "opt", "it has a table of positions" },
    { "biogpt", "a decoder with a table of positions", "opt", "its fields have other meanings" },
    { "mpt", "a decoder with biases by distance and fields of its own", "gpt2", "it has a table of positions" },
    { "persimmon", "a decoder with norms of queries and keys", "gpt_neox", "it has none" },
    { "phi4mm", SEES, "llama", TEXT_ONLY },
    { "chatglm", FUSED " and fields of its own", "llama", "its fields have other names" },
    { "baichuan", FUSED, "llama", "its larger ones have biases by distance" },
    { "yi", "a decoder like Llama under a name of its own", "llama", "its fields are alike" },
    { "RefinedWeb", "Falcon under an older name", "falcon", "its fields have other names" },
    { "RefinedWebModel", "Falcon under an older name", "falcon", "its fields have other names" },
    { "mobilebert", "an encoder with bottlenecks", "bert", "its layers have one width" },
    { "squeezebert", "an encoder of grouped convolutions", "bert", "its products are whole" },
    { "xlm-roberta-xl", "an encoder whose norms come first", "xlm-roberta", "its norms come last" },
    { "deberta", "an encoder with attention by distance", "bert", "its positions are a table" },
    { "deberta-v2", "an encoder with attention by distance", "bert", "its positions are a table" },
    { "nomic_bert", "an encoder with gates and rotary positions", "bert", "it has neither" },
    { "new", "an encoder with gates and rotary positions", "bert", "it has neither" },
    { "ernie", "an encoder with task types", "bert", "it has none" },
    { "fnet", "an encoder of Fourier transforms", "bert", "it attends" },
    { "funnel", "an encoder that pools its tokens", "bert", "it keeps them" },
    { "layoutlm", "an encoder with tables of places on a page", "bert", "it has none" },
    { "layoutlmv3", "an encoder of text and image", "bert", "it takes text alone" },
    { "esm", "an encoder with rotary positions, norms first", "bert", "its norms come last" },
    { "mamba", STATES, "gpt2", ATTENDS },
    { "mamba2", STATES, "gpt2", ATTENDS },
    { "falcon_mamba", STATES, "gpt2", ATTENDS },
    { "rwkv", "a recurrent network without attention", "gpt2", ATTENDS },
    { "xlstm", "a recurrent network without attention", "gpt2", ATTENDS },
    { "jamba", HYBRID, "llama", ATTENDS },
    { "bamba", HYBRID, "llama", ATTENDS },
    { "zamba", HYBRID, "llama", ATTENDS },
    { "zamba2", HYBRID, "llama", ATTENDS },
    { "nemotron_h", HYBRID, "llama", ATTENDS },
    { "falcon_h1", HYBRID, "llama", ATTENDS },
    { "granitemoehybrid", HYBRID, "llama", ATTENDS },
    { "recurrent_gemma", HYBRID, "gemma", ATTENDS },
    { "swin", PYRAMID, "vit", ONE_WIDTH },
    { "swinv2", PYRAMID, "vit", ONE_WIDTH },
    { "segformer", PYRAMID, "vit", ONE_WIDTH },
    { "pvt", PYRAMID, "vit", ONE_WIDTH },
    { "pvt_v2", PYRAMID, "vit", ONE_WIDTH },
    { "cvt", PYRAMID, "vit", ONE_WIDTH },
    { "levit", PYRAMID, "vit", ONE_WIDTH },
    { "mvitv2", PYRAMID, "vit", ONE_WIDTH },
    { "convnext", "a convolutional network", "vit", ATTENDS },
    { "resnet", "a convolutional network", "vit", ATTENDS },
    { "mobilevit", "a convolutional network with attention inside", "vit", ATTENDS },
    { "beit", "a vision model with biases by distance", "vit", "it has a table of positions" },
    { "data2vec-vision", "a vision model with biases by distance", "vit", "it has a table of positions" },
    { "dinov2", "a vision model with scaled layers", "vit", "its layers are not scaled; its fields are alike" },
    { "dinov3_vit", "a vision model with rotary positions", "vit", "it has a table of positions" },
    { "vit_mae", "a vision model with a decoder for masked patches", "vit", "it has no decoder" },
    { "vit_msn", "a vision model", "vit", "only its name differs; change model_type" },
    { "vit_hybrid", "a vision model behind a convolutional network", "vit", "it takes patches" },
    { "detr", "an encoder and a decoder behind a convolutional network", "vit", ONE_STACK },
    { "yolos", "a vision model with tokens for what it finds", "vit", "it has one class token" },
    { "vilt", "one stack for text and image", "vit", "it takes an image alone" },
    { "perceiver", "a network that attends from few tokens to many", "vit", ONE_STACK },
    { "musicgen", TWICE, "opt", ONE_STACK },
    { NULL, NULL, NULL, NULL },
};

const struct fl_foreign *fl_foreign_find(const char *type)
{
    for (const struct fl_foreign *foreign = fl_foreigners; foreign->type != NULL; foreign++)
        if (strcmp(foreign->type, type) == 0)
            return foreign;
    return NULL;
}
